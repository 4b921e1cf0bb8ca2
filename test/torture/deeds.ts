// What people do, at random, each through whichever product they like: one account has four faces.

import type { PublicIds } from '../../src/dialects/public-ids.ts';
import type { Answer, Person, Request } from './people.ts';
import type { Chance } from './random.ts';

export interface Room {
  id: number;
  kind: 'direct' | 'group' | 'channel';
  /** As far as those who answered said. */
  members: Set<Person>;
  isGone: boolean;
}

interface Said {
  id: number;
  room: Room;
  by: Person;
}

export interface World {
  chance: Chance;
  ids: PublicIds;
  people: readonly Person[];
  rooms: Room[];
  /** The latest, the newest last. */
  said: Said[];
}

/** Something to do, and what it means if it is done. */
export interface Deed {
  name: string;
  request: Request;
  /** Takes a 2xx answer in. Answers the number of the message that was sent, if one was. */
  done?(body: Answer['body']): number | void;
}

type Plan = (world: World, person: Person) => Omit<Deed, 'name'> | null;

const mostSaid = 400;

/** Each with how often it is done, out of all. */
const plans: Record<string, [weight: number, plan: Plan]> = {
  send: [40, send],
  edit: [10, edit],
  delete: [4, remove],
  hide: [1, hide],
  react: [10, react],
  read: [8, read],
  deliver: [4, deliver],
  switch: [4, setSwitch],
  star: [2, star],
  clear: [0.3, clear],
  join: [4, join],
  leave: [2, leave],
  add: [2, add],
  'take out': [2, takeOut],
  rename: [1, rename],
  make: [0.5, make],
  disband: [0.2, disband],
  block: [0.3, block],
  unblock: [0.6, unblock],
  introduce: [1, introduce],
};
const names = Object.entries(plans).flatMap(([name, [weight]]) => Array<string>(weight * 10).fill(name));

/** Something for this person to do; null: nothing comes to mind. */
export function nextDeed(world: World, person: Person): Deed | null {
  const name = world.chance.pick(names)!;
  const deed = plans[name]![1](world, person);
  return deed && { name, ...deed };
}

export const deeds = {
  openDirect(world: World, person: Person, other: Person): Omit<Deed, 'name'> {
    return {
      request: { method: 'POST', path: '/api/conversations', body: { participant_ids: [other.id] } },
      done: ({ id }) => keep(world, id, 'direct', [person, other]),
    };
  },
  foundGroup(world: World, person: Person, others: readonly Person[]): Omit<Deed, 'name'> {
    const body = { name: `group ${world.rooms.length}`, member_ids: others.map(({ id }) => id) };
    return {
      request: { method: 'POST', path: '/api/groups', body },
      done: ({ id }) => keep(world, id, 'group', [person, ...others]),
    };
  },
  openChannel(world: World, person: Person): Omit<Deed, 'name'> {
    const body = { name: `channel ${world.rooms.length} of ${person.name}` };
    return {
      request: { method: 'POST', path: '/api/v1/channels', body },
      done: ({ id }) => keep(world, id, 'channel', [person]),
    };
  },
};

function keep(world: World, uuid: string, kind: Room['kind'], members: readonly Person[]): void {
  const id = world.ids.fromUuid('conversation', uuid)!;
  if (!world.rooms.some((room) => room.id === id))
    world.rooms.push({ id, kind, members: new Set(members), isGone: false });
}

/** A room that this person is in. */
function roomOf({ chance, rooms }: World, person: Person, ...kinds: Room['kind'][]): Room | undefined {
  const among = rooms.filter(({ members, isGone, kind }) => !isGone && members.has(person) && kinds.includes(kind));
  return chance.pick(among);
}

const anyRoom = ['direct', 'group', 'channel'] as const;

function uuidOf({ ids }: World, room: Room): string {
  return ids.toUuid('conversation', room.id);
}

/** A message in a room that this person is in. */
function messageFor(world: World, person: Person, isMine: boolean): (Said & { uuid: string }) | undefined {
  const among = world.said.filter(
    ({ by, room }) => (by === person) === isMine && !room.isGone && room.members.has(person),
  );
  const found = world.chance.pick(among);
  return found && { ...found, uuid: world.ids.toUuid('message', found.id) };
}

function otherThan(person: Person, people: Iterable<Person>): Person[] {
  return [...people].filter((one) => one !== person);
}

function send(world: World, person: Person): ReturnType<Plan> {
  const { chance, ids } = world;
  const room = roomOf(world, person, ...anyRoom);
  if (!room) return null;
  const others = otherThan(person, room.members);
  const content = `${chance.is(0.1) ? `@${chance.pick(others)?.name} ` : ''}${words(chance)}`;
  const conversation = uuidOf(world, room);
  const ways = [
    { path: '/api/messages', body: { conversation_id: conversation, content } },
    { path: '/api/v1/messages', body: { channel_id: conversation, content } },
    { path: `/api/v1/chats/${room.id}/messages`, body: { content } },
  ];
  if (room.kind === 'direct')
    ways.push({ path: '/messages', body: { recipient_id: others[0]!.account, content } as never });
  return {
    request: { method: 'POST', ...chance.pick(ways)! },
    done(body) {
      const id = typeof body.id === 'number' ? (body.id as number) : ids.fromUuid('message', body.id as string)!;
      world.said.push({ id, room, by: person });
      if (world.said.length > mostSaid) world.said.shift();
      return id;
    },
  };
}

function words(chance: Chance): string {
  // At times long, so that a slow reader falls behind.
  const many = chance.is(0.05) ? 300 : 1 + chance.below(12);
  return Array.from({ length: many }, () => chance.below(1e9).toString(36))
    .join(' ')
    .slice(0, 2_000);
}

function edit(world: World, person: Person): ReturnType<Plan> {
  const message = messageFor(world, person, true);
  if (!message) return null;
  const { room, uuid, id } = message;
  const ways = [`/api/messages/${uuid}`, `/api/v1/messages/${uuid}`, `/api/v1/chats/${room.id}/messages/${id}`];
  if (room.kind === 'direct') ways.push(`/messages/${id}`);
  return { request: { method: 'PUT', path: world.chance.pick(ways)!, body: { content: words(world.chance) } } };
}

function remove(world: World, person: Person): ReturnType<Plan> {
  const message = messageFor(world, person, true);
  if (!message) return null;
  const { room, uuid, id } = message;
  const ways = [`/api/messages/${uuid}`, `/api/v1/messages/${uuid}`, `/api/v1/chats/${room.id}/messages/${id}`];
  return { request: { method: 'DELETE', path: world.chance.pick(ways)! } };
}

/** For oneself alone. AI Messaging says of it that the message is gone, as of any other: not to be told apart. */
function hide(world: World, person: Person): ReturnType<Plan> {
  const message = messageFor(world, person, false);
  if (!message || person.wire === 'ai-messaging') return null;
  return { request: { method: 'DELETE', path: `/api/messages/${message.uuid}` } };
}

function react(world: World, person: Person): ReturnType<Plan> {
  const message = messageFor(world, person, world.chance.is(0.2));
  if (!message) return null;
  const body = { message_id: message.uuid, emoji: world.chance.pick(['🎉', '👍', '❤️'])! };
  return { request: { method: 'POST', path: '/api/v1/messages/reactions', body } };
}

function read(world: World, person: Person): ReturnType<Plan> {
  const { chance } = world;
  const message = messageFor(world, person, false);
  if (!message) return null;
  const { room, uuid, id } = message;
  const ways: Request[] = [
    { method: 'PUT', path: `/api/conversations/${uuidOf(world, room)}/read` },
    { method: 'POST', path: '/api/messages/read', body: { message_ids: [uuid] } },
    { method: 'PUT', path: `/api/v1/messages/${id}/read` },
    { method: 'POST', path: `/api/v1/chats/${room.id}/messages/mark-read` },
  ];
  if (room.kind === 'direct') ways.push({ method: 'PUT', path: `/messages/${id}/read` });
  return { request: chance.pick(ways)! };
}

function deliver(world: World, person: Person): ReturnType<Plan> {
  const message = messageFor(world, person, false);
  if (!message) return null;
  return { request: { method: 'PUT', path: `/api/messages/${message.uuid}/status`, body: { status: 'DELIVERED' } } };
}

function setSwitch(world: World, person: Person): ReturnType<Plan> {
  const room = roomOf(world, person, ...anyRoom);
  if (!room) return null;
  const verb = world.chance.pick(['mute', 'unmute', 'archive', 'unarchive', 'favorite'])!;
  return { request: { method: 'PUT', path: `/api/conversations/${uuidOf(world, room)}/${verb}` } };
}

function star(world: World, person: Person): ReturnType<Plan> {
  const message = messageFor(world, person, world.chance.is(0.5));
  if (!message) return null;
  return { request: { method: world.chance.pick(['POST', 'DELETE'])!, path: `/api/messages/${message.uuid}/star` } };
}

function clear(world: World, person: Person): ReturnType<Plan> {
  const room = roomOf(world, person, ...anyRoom);
  return room ? { request: { method: 'DELETE', path: `/api/conversations/${uuidOf(world, room)}/clear` } } : null;
}

function join(world: World, person: Person): ReturnType<Plan> {
  const room = world.chance.pick(world.rooms.filter(({ kind, isGone }) => kind === 'channel' && !isGone));
  if (!room) return null;
  return {
    request: { method: 'POST', path: '/api/v1/channels/join', body: { channel_id: uuidOf(world, room) } },
    done: () => void room.members.add(person),
  };
}

function leave(world: World, person: Person): ReturnType<Plan> {
  const room = roomOf(world, person, 'group', 'channel');
  if (!room) return null;
  const done = () => void room.members.delete(person);
  if (room.kind === 'group')
    return { request: { method: 'POST', path: `/api/groups/${uuidOf(world, room)}/leave` }, done };
  return { request: { method: 'DELETE', path: `/api/v1/channels/${uuidOf(world, room)}/leave` }, done };
}

function add(world: World, person: Person): ReturnType<Plan> {
  const { chance } = world;
  const room = roomOf(world, person, 'group');
  const whom = room && chance.pick(world.people.filter((one) => !room.members.has(one)));
  if (!room || !whom) return null;
  const ways = [
    { path: `/api/groups/${uuidOf(world, room)}/members`, body: { user_ids: [whom.id] } },
    { path: `/api/v1/chats/${room.id}/participants`, body: { user_id: whom.id } },
  ];
  return { request: { method: 'POST', ...chance.pick(ways)! }, done: () => void room.members.add(whom) };
}

function takeOut(world: World, person: Person): ReturnType<Plan> {
  const room = roomOf(world, person, 'group');
  const whom = room && world.chance.pick(otherThan(person, room.members));
  if (!room || !whom) return null;
  return {
    request: { method: 'DELETE', path: `/api/groups/${uuidOf(world, room)}/members/${whom.id}` },
    done: () => void room.members.delete(whom),
  };
}

function rename(world: World, person: Person): ReturnType<Plan> {
  const room = roomOf(world, person, 'group');
  const body = { name: words(world.chance).slice(0, 20) };
  return room ? { request: { method: 'PUT', path: `/api/groups/${uuidOf(world, room)}`, body } } : null;
}

function make(world: World, person: Person): ReturnType<Plan> {
  const { chance, people } = world;
  if (world.rooms.length > 60) return null;
  if (chance.is(0.3)) return deeds.openChannel(world, person);
  return deeds.foundGroup(
    world,
    person,
    otherThan(person, people).filter(() => chance.is(0.6)),
  );
}

function disband(world: World, person: Person): ReturnType<Plan> {
  const room = roomOf(world, person, 'group');
  if (!room || world.rooms.length < 6) return null;
  return {
    request: { method: 'DELETE', path: `/api/groups/${uuidOf(world, room)}` },
    done: () => void (room.isGone = true),
  };
}

function introduce(world: World, person: Person): ReturnType<Plan> {
  return deeds.openDirect(world, person, world.chance.pick(otherThan(person, world.people))!);
}

function block(world: World, person: Person): ReturnType<Plan> {
  const whom = world.chance.pick(otherThan(person, world.people))!;
  return { request: { method: 'POST', path: `/api/settings/privacy/block/${whom.id}` } };
}

function unblock(world: World, person: Person): ReturnType<Plan> {
  const whom = world.chance.pick(otherThan(person, world.people))!;
  return { request: { method: 'DELETE', path: `/api/settings/privacy/unblock/${whom.id}` } };
}
