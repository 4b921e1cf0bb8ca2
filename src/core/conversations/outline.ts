// A conversation in few words, the same for everybody: what the news of it says.

import { sql, type Kysely } from 'kysely';
import type { ConversationId } from '../ids.ts';
import type { Schema } from '../schema.ts';
import { moment } from '../sql.ts';
import { noSuchConversation } from './membership.ts';
import type { ConversationOutline } from './shape.ts';

/** The outline of conversation `c` as JSON. */
export const outlineJson = sql<ConversationOutline>`json_build_object(
  'id', c.id, 'kind', c.kind, 'name', c.name, 'description', c.description, 'isPublic', c.is_public,
  'memberCount', (select count(*) from memberships o where o.conversation_id = c.id and o.left_at is null),
  'pair', case when c.kind = 'direct' then (
    select json_agg(json_build_object('id', p.id, 'username', p.username) order by p.id)
    from memberships o join accounts p on p.id = o.account_id where o.conversation_id = c.id) end,
  'createdAt', ${moment('c.created_at')}, 'updatedAt', ${moment('c.updated_at')})`;

/** Reads one; who may know of it is the caller's matter. Throws `not_found` (`no_such_conversation`). */
export async function outlineOf(db: Kysely<Schema>, id: ConversationId): Promise<ConversationOutline> {
  const { rows } = await sql<{ outline: ConversationOutline }>`
    select ${outlineJson} as outline from conversations c where c.id = ${id} and c.deleted_at is null`.execute(db);
  const [found] = rows;
  if (!found) throw noSuchConversation();
  return found.outline;
}
