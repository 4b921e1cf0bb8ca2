// Who I am: name, picture, a few words, and what I do right now.

import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { session } from '../api/session.ts';
import * as nerutalk from '../api/nerutalk-account.ts';
import { queries } from '../store/queries.ts';
import { act, sentence } from '../ui/acting.ts';
import { Button, Field } from '../ui/controls.tsx';
import { Panel } from '../ui/parts.tsx';
import { Avatar, note, Skeleton } from '../ui/pieces.tsx';

const CropDialog = lazy(() => import('./crop-dialog.tsx'));
const profileKey = ['profile'];

/** What the rail shows of me. */
function showMe(change: { name?: string; avatarUrl?: string | null }): void {
  session.set((now) => now && { ...now, me: { ...now.me, ...change } });
}

export default function ProfilePart() {
  const profile = useQuery({ queryKey: profileKey, queryFn: nerutalk.profile });
  if (profile.isPending) return <Skeleton rows={4} />;
  if (profile.isError) return <p className="hint">{sentence(profile.error)}</p>;
  return (
    <>
      <Picture profile={profile.data} />
      <Words key={profile.data.id} profile={profile.data} />
    </>
  );
}

function Picture({ profile }: { profile: nerutalk.Profile }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File | null>(null);
  const put = (avatarUrl: string | null) => {
    queries.setQueryData(profileKey, { ...profile, avatarUrl });
    showMe({ avatarUrl });
  };
  const save = async (picture: Blob) => {
    const { avatar_url } = await nerutalk.changeAvatar(picture);
    put(avatar_url);
    setFile(null);
    note(t('settings.saved'));
  };
  const remove = async () => {
    await nerutalk.removeAvatar();
    put(null);
  };
  return (
    <Panel>
      <div className="portrait">
        <Avatar id={profile.id} name={profile.name || profile.username} url={profile.avatarUrl} size="large" />
        <div className="panel-text">
          <strong>{profile.name || profile.username}</strong>
          <p>@{profile.username}</p>
          <p>
            {[profile.phone, profile.email.endsWith('@users.invalid') ? null : profile.email]
              .filter(Boolean)
              .join(' · ')}
          </p>
        </div>
        <div className="panel-actions">
          <Button icon="camera" onPress={() => input.current?.click()}>
            {t('settings.changePicture')}
          </Button>
          {profile.avatarUrl !== null && (
            <Button icon="trash" onPress={() => act(remove)}>
              {t('settings.removePicture')}
            </Button>
          )}
        </div>
      </div>
      <input
        ref={input}
        type="file"
        accept="image/jpeg,image/png,image/webp,image/gif"
        aria-label={t('settings.changePicture')}
        hidden
        onChange={(event) => {
          setFile(event.target.files?.[0] ?? null);
          event.target.value = '';
        }}
      />
      {file && (
        <Suspense>
          <CropDialog file={file} onCropped={save} onClose={() => setFile(null)} />
        </Suspense>
      )}
    </Panel>
  );
}

function Words({ profile }: { profile: nerutalk.Profile }) {
  const { t } = useTranslation();
  const [name, setName] = useState(profile.name);
  const [bio, setBio] = useState(profile.bio);
  const [status, setStatus] = useState(profile.status);
  const [statusMessage, setStatusMessage] = useState(profile.statusMessage);
  const isChanged =
    name.trim() !== profile.name ||
    bio.trim() !== profile.bio ||
    status !== profile.status ||
    statusMessage.trim() !== profile.statusMessage;
  const save = async () => {
    const change = {
      name: name.trim(),
      bio: bio.trim(),
      statusMessage: statusMessage.trim(),
      // Said again it would be an activity of its own.
      ...(status !== profile.status && { status }),
    };
    const changed = await nerutalk.changeProfile(change);
    queries.setQueryData(profileKey, changed);
    showMe({ name: changed.name || changed.username });
    note(t('settings.saved'));
  };
  return (
    <Panel title={t('settings.aboutMe')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isChanged) act(save);
        }}
      >
        <Field label={t('signIn.name')} value={name} onChange={setName} maxLength={100} autoComplete="name" />
        <Field
          label={t('settings.bio')}
          hint={t('settings.bioHint')}
          value={bio}
          onChange={setBio}
          maxLength={500}
          lines={3}
        />
        <label className="choice">
          <span>{t('settings.doing')}</span>
          <select value={status} onChange={(event) => setStatus(event.target.value as typeof status)}>
            {nerutalk.doings.map((each) => (
              <option key={each} value={each}>
                {t(`doing.${each}`)}
              </option>
            ))}
          </select>
        </label>
        <Field label={t('settings.doingWords')} value={statusMessage} onChange={setStatusMessage} maxLength={500} />
        <div className="panel-actions">
          <Button type="submit" kind="primary" isDisabled={!isChanged}>
            {t('common.save')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
