// English. The other languages have exactly these keys: a missing one does not compile.

export const en = {
  // What NeruTalk's clients are told (its contract, section 2)
  auth_success: 'Authentication successful',
  auth_failed: 'Authentication failed',
  login_success: 'Signed in',
  login_failed: 'Wrong e-mail or password',
  logout_success: 'Signed out',
  registration_success: 'Your account is ready',
  user_not_found: 'User not found',
  email_already_exists: 'This e-mail address is already in use',
  username_already_exists: 'This username is already taken',
  profile_updated: 'Profile updated',
  message_sent: 'Message sent',
  message_delivered: 'Message delivered',
  message_read: 'Message read',
  chat_created: 'Chat created',
  user_typing: 'is typing',
  call_initiated: 'Calling',
  call_answered: 'Call answered',
  call_declined: 'Call declined',
  call_ended: 'Call ended',
  incoming_call: 'Incoming call',
  file_uploaded: 'File uploaded',
  file_deleted: 'File deleted',
  file_not_found: 'File not found',
  invalid_file_type: 'This type of file is not allowed',
  file_too_large: 'The file is too large',
  notification_sent: 'Notification sent',
  device_token_registered: 'Device registered',
  new_message: 'New message from {{sender_name}}',
  location_updated: 'Location updated',
  location_share_started: 'Location sharing started',
  location_share_stopped: 'Location sharing stopped',
  geofence_entry: 'Arrived at {{geofence_name}}',
  geofence_exit: 'Left {{geofence_name}}',
  internal_server_error: 'Something went wrong on our side',
  bad_request: 'The request cannot be carried out',
  unauthorized: 'Please sign in',
  forbidden: 'You are not allowed to do this',
  not_found: 'Not found',
  validation_error: 'Some fields are not valid',
  operation_successful: 'Done',
  data_saved: 'Saved',
  data_deleted: 'Deleted',

  // A field of a request
  value_missing: 'This is needed',
  value_invalid: 'This value is not valid',

  // What became of a request about one’s own account
  email_code_sent: 'A code is on its way to your e-mail address',
  two_factor_pending: 'Confirm with a code from your authenticator app',

  // What stands for a message in a client that cannot show it
  standin_image: 'Photo',
  standin_video: 'Video',
  standin_audio: 'Audio',
  standin_voice: 'Voice message',
  standin_file: 'File',
  standin_sticker: 'Sticker',
  standin_gif: 'GIF',
  standin_location: 'Location',
  standin_contact: 'Contact',
  standin_call: 'Call',
  standin_system: 'Notice',
  standin_deleted: 'Message deleted',
  standin_encrypted: 'Encrypted message',
  standin_text: 'Message',
  standin_document: 'Document',
  standin_deleted_message: 'Deleted message',
  standin_empty: 'Empty message',
  deleted_account: 'Deleted account',

  // What the server says in a conversation: who came, who went, how it is called
  notice_joined: '{{by}} joined the group',
  notice_asked: '{{by}} asks to join the group',
  notice_added: '{{by}} added {{people}}',
  notice_others: '{{number}} others',
  notice_left: '{{by}} left the group',
  notice_removed: '{{by}} removed {{person}}',
  notice_renamed: '{{by}} renamed the group to “{{name}}”',
  notice_founder: '{{by}} made {{person}} the founder of the group',
  notice_planned: '{{by}} planned “{{title}}”',
  notice_group_deleted: 'This group was deleted.',

  // SMS
  sms_sign_in: 'Your sign-in code is {{code}}. It is good for five minutes. Do not give it to anyone.',
  sms_reset: 'Your code for a new password is {{code}}. It is good for five minutes. Do not give it to anyone.',

  // Mail
  mail_code_subject: 'Your confirmation code',
  mail_code_text:
    'Your code to confirm this e-mail address is {{code}}. It is good for 15 minutes. Do not give it to anyone.',

  // What somebody did with their own account
  activity_profile_updated: 'Profile changed',
  activity_avatar_changed: 'Picture changed',
  activity_avatar_removed: 'Picture removed',
  activity_status_changed: 'Status changed',
  activity_privacy_updated: 'Privacy settings changed',
  activity_email_verified: 'E-mail address confirmed',
  activity_account_deactivated: 'Account deactivated',

  // Notifications
  push_message_title: '{{sender_name}}',
  push_group_title: '{{sender_name}} in {{group_name}}',
  push_hidden_body: 'New message',
  push_invite_title: '{{group_name}}',
  push_invite_body: 'You were added to this group',
  push_invited_by: '{{inviter_name}} added you to the group.',
  push_group: 'Group',
  push_call_body: '{{caller_name}} is calling',
  push_missed_call_title: 'Missed call',
  push_missed_call_body: '{{caller_name}} called you',
  push_location_share_created: '{{sharer_name}} shares a location with you',
  push_location_share_ended: '{{sharer_name}} stopped sharing a location',
} as const;

export type TextKey = keyof typeof en;
export type Catalogue = Readonly<Record<TextKey, string>>;
