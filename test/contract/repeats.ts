// One request for every route that changes something: how to come to the point where it may be made, and the request.

import { sql, type RawBuilder } from 'kysely';
import { setSuperuser } from '../../src/core/accounts/administer.ts';
import type { AccountId } from '../../src/core/ids.ts';
import { call, signUp, type Answer, type Person } from '../support/people.ts';
import type { TestServer } from '../support/server.ts';

export interface Request {
  /** Who makes it; alice if nobody is named. */
  as?: Person;
  /** Values of the path's parameters. */
  path?: Record<string, string | number>;
  query?: string;
  body?: object;
}

/** Two fresh people, and short ways for them to come somewhere. */
export interface Scene {
  server: TestServer;
  alice: Person;
  bob: Person;
  root: Person;
  /** The number behind a UUID. */
  number(kind: 'account' | 'conversation' | 'message', uuid: string): number;
  /** A call that must succeed; answers its body. */
  ok(as: Person, method: string, path: string, body?: object): Promise<Answer['body']>;
  /** The direct conversation of alice and bob. */
  direct(): Promise<string>;
  /** Alice's group with bob. */
  group(): Promise<string>;
  /** What somebody says to the two. */
  message(by?: Person): Promise<{ id: string; conversationId: string }>;
}

let root: { of: TestServer; person: Person } | null = null;

async function rootOf(server: TestServer): Promise<Person> {
  if (root?.of === server) return root.person;
  const person = await signUp(server, 'Root');
  const id = server.ids.fromUuid('account', person.id) as AccountId;
  await server.messenger.execute({ kind: 'system' }, setSuperuser, { id, on: true });
  root = { of: server, person };
  return person;
}

export async function openScene(server: TestServer): Promise<Scene> {
  const alice = await signUp(server, 'Alice', { password: 'a secret word' });
  const bob = await signUp(server, 'Bob');
  const scene: Scene = {
    server,
    alice,
    bob,
    root: await rootOf(server),
    number: (kind, uuid) => server.ids.fromUuid(kind, uuid)!,
    async ok(as, method, path, body) {
      const answer = await as.call(method, path, body);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    direct: async () => (await scene.ok(alice, 'POST', '/api/conversations', { participant_ids: [bob.id] })).id,
    group: async () => (await scene.ok(alice, 'POST', '/api/groups', { name: 'Choir', member_ids: [bob.id] })).id,
    async message(by = alice) {
      const conversationId = await scene.direct();
      const said = { conversation_id: conversationId, content: 'hello' };
      return { id: (await scene.ok(by, 'POST', '/api/messages', said)).id, conversationId };
    },
  };
  return scene;
}

type Make = (scene: Scene) => Request | Promise<Request>;

const inGroup =
  (more: (scene: Scene, group: string) => Request = () => ({})): Make =>
  async (scene) => {
    const id = await scene.group();
    const { path, ...request } = more(scene, id);
    return { path: { id, ...path }, ...request };
  };
const inDirect: Make = async (scene) => ({ path: { id: await scene.direct() } });
const ofMessage =
  (body?: object): Make =>
  async (scene) => ({ path: { id: (await scene.message()).id }, ...(body && { body }) });
const saying =
  (body: object): Make =>
  () => ({ body });
const asRoot =
  (make: Make): Make =>
  async (scene) => ({ as: scene.root, ...(await make(scene)) });
const ofAccount = (more: Request = {}): Make =>
  asRoot((scene) => ({ path: { id: scene.number('account', scene.alice.id), user_id: scene.alice.id }, ...more }));

const eventPlan = { title: 'Rehearsal', start_time: '2099-01-01T10:00:00Z' };
async function planned(scene: Scene): Promise<{ id: string; eventId: string }> {
  const id = await scene.group();
  return { id, eventId: (await scene.ok(scene.alice, 'POST', `/api/groups/${id}/events`, eventPlan)).id };
}

const urge: Record<string, Make> = {
  urgeCreateConversation: ({ bob }) => ({ body: { participant_ids: [bob.id] } }),
  urgeDeleteConversation: inDirect,
  urgeClearConversation: inDirect,
  urgeArchiveConversation: inDirect,
  urgeUnarchiveConversation: inDirect,
  urgeMuteConversation: inDirect,
  urgeUnmuteConversation: inDirect,
  urgeToggleFavorite: inDirect,
  urgeReadConversation: async (scene) => ({ as: scene.bob, path: { id: (await scene.message()).conversationId } }),
  urgeSendMessage: async (scene) => ({ body: { conversation_id: await scene.direct(), content: 'hello' } }),
  urgeEditMessage: ofMessage({ content: 'good bye' }),
  urgeDeleteMessage: ofMessage(),
  urgeStarMessage: ofMessage(),
  urgeUnstarMessage: ofMessage(),
  urgeMessageStatus: async (scene) => ({
    as: scene.bob,
    path: { id: (await scene.message()).id },
    body: { status: 'READ' },
  }),
  urgeReadMessages: async (scene) => ({ as: scene.bob, body: { message_ids: [(await scene.message()).id] } }),
  urgeForwardMessages: async (scene) => ({
    body: { message_ids: [(await scene.message()).id], conversation_id: await scene.group() },
  }),
  urgeCreateGroup: ({ bob }) => ({ body: { name: 'Choir', member_ids: [bob.id] } }),
  urgeChangeGroup: inGroup(() => ({ body: { name: 'Orchestra' } })),
  urgeDeleteGroup: inGroup(),
  urgeLeaveGroup: inGroup((scene) => ({ as: scene.bob })),
  urgeAddGroupMembers: async (scene) => ({
    path: { id: await scene.group() },
    body: { user_ids: [(await signUp(scene.server, 'Carol')).id] },
  }),
  urgeRemoveGroupMember: inGroup(({ bob }) => ({ path: { userId: bob.id } })),
  urgeSetGroupRole: inGroup(({ bob }) => ({ path: { userId: bob.id }, body: { role: 'MODERATOR' } })),
  urgeChangeGroupSettings: inGroup(() => ({ body: { theme_color: '#112233' } })),
  urgeTransferGroup: inGroup(({ bob }) => ({ body: { new_founder_id: bob.id } })),
  urgeRegenerateInvite: inGroup(),
  urgeJoinGroup: async (scene) => {
    const id = await scene.group();
    const { invite_link: link } = await scene.ok(scene.alice, 'POST', `/api/groups/${id}/regenerate-invite-link`);
    return { as: await signUp(scene.server, 'Carol'), path: { code: link.split('/').at(-1) } };
  },
  urgePlanGroupEvent: inGroup(() => ({ body: eventPlan })),
  urgeAttendGroupEvent: async (scene) => ({ path: await planned(scene), body: { status: 'going' } }),
  urgeCancelGroupEvent: async (scene) => ({ path: await planned(scene) }),
  urgeChangeProfile: saying({ display_name: 'Alicia' }),
  urgeChangeAccountProfile: saying({ display_name: 'Alicia' }),
  urgeReplaceSocialLinks: saying({ instagram: 'https://instagram.com/alice' }),
  urgeRemoveSocialLink: async (scene) => {
    await scene.ok(scene.alice, 'PUT', '/api/account/social-links', { instagram: 'https://instagram.com/alice' });
    return { path: { platform: 'instagram' } };
  },
  urgeSubscribe: async (scene) => {
    await change(scene, sql`subscription_plan = 'premium', subscription_expires_at = now() + interval '1 day'`);
    return { body: { plan_id: 'free' } };
  },
  urgeCancelSubscription: async (scene) => {
    await change(scene, sql`subscription_plan = 'premium', subscription_expires_at = now() + interval '1 day'`);
    return {};
  },
  urgeRequestVerification: async (scene) => {
    await change(scene, sql`created_at = now() - interval '8 days'`);
    return { body: { full_name: 'Alice Adams', reason: 'People take others for me.' } };
  },
  urgeChangePrivacy: saying({ show_last_seen: false }),
  urgeBlock: ({ bob }) => ({ path: { userId: bob.id } }),
  urgeUnblock: async (scene) => {
    await scene.ok(scene.alice, 'POST', `/api/settings/privacy/block/${scene.bob.id}`);
    return { path: { userId: scene.bob.id } };
  },
  urgePublishKey: () => ({
    path: { deviceId: 'phone' },
    body: { algorithm: 'x25519', public_key: Buffer.alloc(32, 7).toString('base64') },
  }),
  urgeWithdrawKey: async (scene) => {
    const key = { algorithm: 'x25519', public_key: Buffer.alloc(32, 7).toString('base64') };
    await scene.ok(scene.alice, 'PUT', '/api/keys/phone', key);
    return { path: { deviceId: 'phone' } };
  },
  urgeNotificationUnregister: unregistering,
  urgeSettingsNotificationUnregister: unregistering,
  urgeChangeNotificationSettings: saying({ sound: false }),
  urgeChangeSettingsNotificationSettings: saying({ sound: false }),
};

/** What its maker's service knows a phone of hers by. */
const tokenOf = ({ phone }: Person) => `token-${phone.slice(1)}`.padEnd(40, '0');

/** Sets columns of alice's that no route sets. */
async function change({ server, alice }: Scene, columns: RawBuilder<unknown>): Promise<void> {
  const id = server.ids.fromUuid('account', alice.id);
  await sql`update accounts set ${columns} where id = ${id}`.execute(server.database.db);
}

async function unregistering({ ok, alice }: Scene): Promise<Request> {
  const token = tokenOf(alice);
  await ok(alice, 'POST', '/api/notifications/register', { token, platform: 'ios' });
  return { query: `?token=${encodeURIComponent(token)}` };
}

/** A message in AI Messaging's words, from alice to bob, or of somebody else. */
async function letter(scene: Scene, by = scene.alice, to = scene.bob): Promise<number> {
  const said = { recipient_id: scene.number('account', to.id), content: 'hello' };
  return (await scene.ok(by, 'POST', '/messages', said)).id;
}
const report = { title: 'Spam', content: 'It is spam.' };
const filed = async (scene: Scene): Promise<number> => (await scene.ok(scene.alice, 'POST', '/reports', report)).id;
let roles = 0;
const role = () => ({ name: `role ${(roles += 1)}` });

const aiMessaging: Record<string, Make> = {
  aiSendMessage: ({ bob, number }) => ({ body: { recipient_id: number('account', bob.id), content: 'hello' } }),
  aiSendInConversation: ({ bob, number }) => ({
    path: { id: 'a label' },
    body: { recipient_id: number('account', bob.id), content: 'hello' },
  }),
  aiEditMessage: async (scene) => ({ path: { id: await letter(scene) }, body: { content: 'good bye' } }),
  aiDeleteMessage: async (scene) => ({ path: { id: await letter(scene) } }),
  aiReadMessage: async (scene) => ({ as: scene.bob, path: { id: await letter(scene) } }),
  aiReadAll: async (scene) => {
    await letter(scene);
    return { as: scene.bob };
  },
  aiReadConversation: async (scene) => {
    await letter(scene);
    const [one, other] = [scene.alice, scene.bob].map(({ id }) => scene.number('account', id));
    return { as: scene.bob, path: { id: `conv_${Math.min(one!, other!)}_${Math.max(one!, other!)}` } };
  },
  aiFileReport: saying(report),
  aiChangeReport: async (scene) => ({ path: { id: await filed(scene) }, body: { title: 'Not spam' } }),
  aiCommentReport: async (scene) => ({
    as: scene.root,
    path: { id: await filed(scene) },
    body: { comment: 'We look into it.' },
  }),
  aiResolveReport: async (scene) => ({ as: scene.root, path: { id: await filed(scene) }, body: { comment: 'Done.' } }),
  aiCreateRole: asRoot(() => ({ body: role() })),
  aiDeleteRole: asRoot(async ({ ok, root: as }) => ({
    path: { id: (await ok(as, 'POST', '/auth/roles', role())).id },
  })),
  aiAssignRoles: async (scene) => {
    const made = await scene.ok(scene.root, 'POST', '/auth/roles', role());
    const id = scene.number('account', scene.alice.id);
    return { as: scene.root, path: { id }, body: { role_ids: [made.id] } };
  },
  aiCreateUser: asRoot(({ alice }) => {
    const username = `made_${alice.phone.slice(1)}`;
    return { body: { username, email: `${username}@example.com`, password: 'a secret word' } };
  }),
  aiDeleteUser: ofAccount(),
  aiDisableUser: ofAccount(),
  aiEnableUser: ofAccount(),
  aiSetSuperuser: ofAccount({ body: { is_superuser: true } }),
  aiChangeMe: saying({ bio: 'I sing.' }),
  aiChangeMyPhone: ({ alice }) => ({
    body: { phone_number: `${alice.phone.slice(0, -4)}${9_999 - Number(alice.phone.slice(-4))}` },
  }),
  aiChangeMyPassword: saying({ current_password: 'a secret word', new_password: 'another secret word' }),
  aiDeleteSession: async ({ server, ok }) => {
    const password = 'a secret word';
    const carol = await signUp(server, 'Carol', { verified: true, password });
    await call(server, 'POST', '/api/auth/login', { body: { phone_number: carol.phone, password } });
    const sessions = await ok(carol, 'GET', '/auth/sessions');
    return { as: carol, path: { id: Math.max(...sessions.map(({ id }: { id: number }) => id)) } };
  },
};

/** A chat's and a message's numbers. */
async function chat(scene: Scene, by = scene.alice): Promise<{ chat_id: number; message_id: number }> {
  const { id, conversationId } = await scene.message(by);
  return { chat_id: scene.number('conversation', conversationId), message_id: scene.number('message', id) };
}
const groupChat = async (scene: Scene) => ({ chat_id: scene.number('conversation', await scene.group()) });
const calling = async ({ ok, alice, bob }: Scene) => ({
  call_id: (await ok(alice, 'POST', '/api/v1/video-calls/initiate', { callee_id: bob.id })).id,
});
const fence = { name: 'home', center_latitude: 1, center_longitude: 2, radius_meters: 100 };
const drawn = async ({ ok, alice }: Scene) => ({
  geofence_id: (await ok(alice, 'POST', '/api/v1/location/geofences', fence)).id,
});
const sharing = ({ bob }: Scene) => ({ target_user_id: bob.id, duration_minutes: 60 });
const shared = async (scene: Scene) => ({
  share_id: (await scene.ok(scene.alice, 'POST', '/api/v1/location/shares', sharing(scene))).id,
});
const device = ({ alice }: Scene) => ({ token: tokenOf(alice), device_type: 'android' });
const registered = async (scene: Scene) => ({
  token_id: (await scene.ok(scene.alice, 'POST', '/api/v1/push-notifications/device-tokens', device(scene))).id,
});
const words = { title: 'Hello', body: 'there', notification_type: 'news' };

const nerutalk: Record<string, Make> = {
  neruCreateChat: ({ bob }) => ({ body: { chat_type: 'group', name: 'Choir', participant_ids: [bob.id] } }),
  neruChangeChat: async (scene) => ({ path: await groupChat(scene), body: { name: 'Orchestra' } }),
  neruAddParticipants: async (scene) => ({
    path: await groupChat(scene),
    body: { user_ids: [(await signUp(scene.server, 'Carol')).id] },
  }),
  neruRemoveParticipant: async (scene) => ({ path: { ...(await groupChat(scene)), user_id: scene.bob.id } }),
  neruSendMessage: async (scene) => ({ path: await chat(scene), body: { content: 'hello', message_type: 'text' } }),
  neruEditMessage: async (scene) => ({ path: await chat(scene), body: { content: 'good bye' } }),
  neruDeleteMessage: async (scene) => ({ path: await chat(scene) }),
  neruReadMessage: async (scene) => ({ as: scene.bob, path: await chat(scene) }),
  neruMarkRead: async (scene) => {
    const path = await chat(scene);
    return { as: scene.bob, path, body: { message_ids: [path.message_id] } };
  },
  neruSendGif: async (scene) => ({
    query: `?chat_id=${(await chat(scene)).chat_id}&gif_id=wave&gif_url=https://example.org/wave.gif&provider=giphy`,
  }),
  neruSendSticker: async (scene) => {
    const { stickers } = await scene.ok(scene.alice, 'GET', `/api/v1/media/stickers`);
    return {
      query: `?chat_id=${(await chat(scene)).chat_id}&pack_id=${stickers[0].pack_id}&sticker_id=${stickers[0].id}`,
    };
  },
  nerutalkReportLocation: saying({ latitude: 1, longitude: 2 }),
  nerutalkShareLocation: (scene) => ({ body: sharing(scene) }),
  nerutalkChangeLocationShare: async (scene) => ({ path: await shared(scene), body: { duration_minutes: 30 } }),
  nerutalkStopLocationShare: async (scene) => ({ path: await shared(scene) }),
  nerutalkDrawGeofence: saying(fence),
  nerutalkChangeGeofence: async (scene) => ({ path: await drawn(scene), body: { name: 'work' } }),
  nerutalkRemoveGeofence: async (scene) => ({ path: await drawn(scene) }),
  nerutalkInitiateCall: ({ bob }) => ({ body: { callee_id: bob.id } }),
  nerutalkAnswerCall: async (scene) => ({ as: scene.bob, path: await calling(scene) }),
  nerutalkDeclineCall: async (scene) => ({ as: scene.bob, path: await calling(scene) }),
  nerutalkEndCall: async (scene) => ({ path: await calling(scene) }),
  nerutalkAddToCall: async (scene) => ({
    path: await calling(scene),
    body: { user_id: (await signUp(scene.server, 'Carol')).id },
  }),
  nerutalkAddOneToCall: async (scene) => ({
    path: { ...(await calling(scene)), user_id: (await signUp(scene.server, 'Carol')).id },
  }),
  nerutalkRemoveFromCall: async (scene) => ({ path: { ...(await calling(scene)), user_id: scene.bob.id } }),
  neruRemoveDevice: async (scene) => ({ path: await registered(scene) }),
  neruSendNotification: async (scene) => {
    await scene.direct();
    return { body: { ...words, user_ids: [scene.bob.id] } };
  },
  neruBroadcast: asRoot(saying(words)),
  neruNotifyOfCall: asRoot(({ bob }) => ({ body: { user_ids: [bob.id], caller_name: 'Alice' } })),
  neruNotifyOfMessage: asRoot(({ bob }) => ({ body: { user_ids: [bob.id], sender_name: 'Alice' } })),
  neruNotifyOfSystem: asRoot(({ bob }) => ({ body: { user_ids: [bob.id], title: 'Hello', body: 'there' } })),
  neruCleanUp: asRoot(() => ({ query: '?days=365' })),
  neruChangeProfile: saying({ bio: 'I sing.' }),
  neruChangeStatus: saying({ status: 'busy' }),
  neruChangeProfilePrivacySettings: saying({ show_email: false }),
  neruChangeAccountSettings: saying({ allow_analytics: true }),
  neruChangeAppSettings: saying({ theme: 'dark' }),
  neruChangePrivacySettings: saying({ show_last_seen: false }),
  neruChangeSecuritySettings: saying({ screen_lock: true }),
  neruBlock: ({ bob }) => ({ body: { user_id: bob.id } }),
  neruUnblock: async ({ ok, alice, bob }) => {
    await ok(alice, 'POST', '/api/v1/settings/privacy/block', { user_id: bob.id });
    return { body: { user_id: bob.id } };
  },
  neruChangePassword: saying({ current_password: 'a secret word', new_password: 'Another-secret-word1' }),
  neruChangePasswordToo: saying({ current_password: 'a secret word', new_password: 'Another-secret-word1' }),
  neruRemoveAvatar: () => ({}),
};

/** Alice's channel with bob, as Pythia names it. */
const channel = async (scene: Scene) => ({ channel_id: await scene.group() });
let channels = 0;
const newChannel = () => ({ name: `channel-${(channels += 1)}`, is_public: true });
const reacted = async (scene: Scene) => {
  const { id } = await scene.message();
  return { message_id: id, emoji: '👍' };
};

const pythia: Record<string, Make> = {
  pythiaCreateChannel: () => ({ body: newChannel() }),
  pythiaJoinChannel: async ({ ok, bob }) => ({
    body: { channel_id: (await ok(bob, 'POST', '/api/v1/channels', newChannel())).id },
  }),
  pythiaAddUser: async ({ ok, alice, bob }) => ({
    path: { channel_id: (await ok(alice, 'POST', '/api/v1/channels', newChannel())).id },
    body: { user_id: bob.id },
  }),
  pythiaLeaveChannel: async (scene) => ({ as: scene.bob, path: await channel(scene) }),
  pythiaSendMessage: async (scene) => ({ body: { content: 'hello', ...(await channel(scene)) } }),
  pythiaEditMessage: async (scene) => ({ path: { message_id: (await scene.message()).id }, body: { content: 'bye' } }),
  pythiaDeleteMessage: async (scene) => ({ path: { message_id: (await scene.message()).id } }),
  pythiaToggleReaction: async (scene) => ({ body: await reacted(scene) }),
  pythiaRemoveReaction: async (scene) => {
    const reaction = await reacted(scene);
    await scene.ok(scene.alice, 'POST', '/api/v1/messages/reactions', reaction);
    const { rows } = await sql<{ id: number }>`select max(id) as id from reactions`.execute(scene.server.database.db);
    return { path: { reaction_id: scene.server.ids.toUuid('reaction', rows[0]!.id) } };
  },
  pythiaChangeUser: ({ alice }) => ({ path: { user_id: alice.id }, body: { avatar: 'https://example.org/a.png' } }),
  pythiaBanUser: ofAccount({ body: { reason: 'spam' } }),
  pythiaSuspendUser: ofAccount({ body: { reason: 'spam', duration_hours: 1 } }),
  pythiaUnbanUser: async (scene) => {
    await scene.ok(scene.root, 'POST', `/api/v1/admin/users/${scene.alice.id}/ban`, { reason: 'spam' });
    return { as: scene.root, path: { user_id: scene.alice.id }, body: {} };
  },
  pythiaAssignRole: ofAccount({ body: { role: 'MODERATOR' } }),
  pythiaRemoveRole: async (scene) => {
    await scene.ok(scene.root, 'POST', `/api/v1/admin/users/${scene.alice.id}/roles`, { role: 'MODERATOR' });
    return { as: scene.root, path: { user_id: scene.alice.id }, body: { role: 'MODERATOR' } };
  },
  pythiaAdminDeleteMessage: async (scene) => ({
    as: scene.root,
    path: { message_id: (await scene.message()).id },
  }),
  pythiaBulkActions: async (scene) => {
    const target_ids = [scene.alice.id, scene.bob.id];
    return { as: scene.root, body: { action_type: 'SUSPEND_USER', target_ids, duration_hours: 1 } };
  },
};

const server: Record<string, Make> = {
  endSessionsOfAccount: asRoot(({ alice }) => ({ path: { id: alice.id } })),
  endSessionOfAccount: asRoot(async ({ ok, alice, root: as }) => {
    const { sessions } = await ok(as, 'GET', `/operations/accounts/${alice.id}/sessions`);
    return { path: { id: alice.id, session: sessions[0].id } };
  }),
};

export const requests: Record<string, Make> = { ...urge, ...aiMessaging, ...nerutalk, ...pythia, ...server };

/** Routes that keep nothing for a retry, and why that is right. */
export const excused: Record<string, readonly string[]> = {
  'the answer holds a secret': [
    'urgeSetUpTwoFactor',
    'urgeEnableTwoFactor',
    'urgeRegenerateBackupCodes',
    'urgePresignUpload',
    'neruEnableTwoFactor',
    'nerutalkCallToken',
  ],
  'it names a token that is kept nowhere else, and is as good a second time': [
    'urgeNotificationRegister',
    'urgeSettingsNotificationRegister',
    'neruRegisterDevice',
    'neruChangeDevice',
  ],
  'what the request needs to be let in ends with it': [
    'aiLogout',
    'aiLogoutAll',
    'neruLogout',
    'urgeLogout',
    'neruDeleteAccount',
    'neruDeleteProfile',
    'neruDeactivate',
    'neruDeactivateToo',
  ],
  'it changes nothing': ['urgeUsersById', 'urgeVerifyPayment', 'pythiaValidateFormat', 'neruExportAccount'],
  'a code is good once, and its own test tells': [
    'urgeDisableTwoFactor',
    'neruDisableTwoFactor',
    'neruVerifyEmail',
    'neruVerifyEmailToo',
    'neruSendEmailVerification',
  ],
  'a file comes with it, and its own test tells': [
    'urgeUpload',
    'urgeCompleteUpload',
    'urgeDeleteMedia',
    'neruUpload',
    'neruUploadMultiple',
    'neruUploadAvatar',
    'neruChangeAvatar',
    'neruDeleteFile',
    'neruDeleteFileByUrl',
  ],
  'test/operations-routes.test.ts': ['replayDelivery'],
};
