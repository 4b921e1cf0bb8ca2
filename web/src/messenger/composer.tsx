// Where a message is written: text with names completed, files, stickers, a voice.

import {
  lazy,
  memo,
  Suspense,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type ClipboardEvent,
  type KeyboardEvent,
  type RefObject,
} from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, Message } from '../api/shapes.ts';
import * as pythia from '../api/pythia.ts';
import * as urge from '../api/urge.ts';
import { putEdited } from '../live/pythia.ts';
import { tellTyping } from '../live/live.ts';
import { draftIn, keepDraft } from '../store/drafts.ts';
import { post } from '../store/outbox.ts';
import { act, attempt } from '../ui/acting.ts';
import { IconButton } from '../ui/controls.tsx';
import { FloatAt } from '../ui/floating.tsx';
import { Icon } from '../ui/icons.tsx';
import { Spinner } from '../ui/pieces.tsx';
import { Completion, useCompletion } from './completion.tsx';
import { preview } from './message-words.ts';
import type { Reference } from './room.tsx';
import { isSameRoom } from './same-room.ts';

const Picker = lazy(() => import('./picker.tsx'));
const VoiceRecorder = lazy(() => import('./voice-recorder.tsx'));

/** Whoever pauses this long types no more. */
const pauseMs = 3_000;

export const Composer = memo(function Composer({
  ref,
  conversation,
  reference,
  onReference,
  onFiles,
  onSent,
  lastOwn,
  onLeaveUp,
}: {
  ref: RefObject<HTMLTextAreaElement | null>;
  conversation: Conversation;
  reference: Reference;
  onReference: (next: Reference) => void;
  onFiles: (files: File[]) => void;
  onSent: () => void;
  lastOwn: () => Message | undefined;
  onLeaveUp: () => void;
}) {
  const { t } = useTranslation();
  const { id } = conversation;
  const [text, setText] = useState(() => draftIn(id));
  const [isRecording, setRecording] = useState(false);
  const [isPicking, setPicking] = useState(false);
  const pickerButton = useRef<HTMLDivElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const typing = useTypingNotice(id);
  const completion = useCompletion(conversation, ref, text, setText);
  const edited = reference?.kind === 'edit' ? reference.message : null;

  useLayoutEffect(() => grow(ref.current), [ref, text]);
  useEffect(() => setText(edited ? edited.content : draftIn(id)), [edited, id]);
  useEffect(() => {
    // A keyboard on the screen would cover the room.
    if (matchMedia('(pointer: fine)').matches) ref.current?.focus();
  }, [ref]);

  const change = (next: string) => {
    setText(next);
    if (edited) return;
    keepDraft(id, next);
    if (next.trim() !== '') typing.go();
  };

  const finish = () => {
    onReference(null);
    typing.stop();
    if (edited) return;
    setText('');
    keepDraft(id, '');
  };

  const submit = async () => {
    const content = text.trim();
    if (content === '') return;
    if (edited) {
      if (content !== edited.content && !(await attempt(async () => putEdited(await revise(edited, content))))) return;
      finish();
      return;
    }
    const replyTo = reference && quoteOf(reference.message);
    finish();
    onSent();
    await post({ conversationId: id, kind: 'TEXT', content, ...(replyTo && { replyTo }) });
  };

  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While a word is put together (Japanese, Korean, Chinese) keys are the input method's.
    if (event.nativeEvent.isComposing || completion.press(event)) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      act(submit);
    } else if (event.key === 'Escape' && reference) {
      event.preventDefault();
      onReference(null);
    } else if (event.key === 'ArrowUp' && text === '' && !reference) {
      event.preventDefault();
      const last = lastOwn();
      if (last && !event.altKey) onReference({ kind: 'edit', message: last });
      else onLeaveUp();
    }
  };

  const paste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    onFiles(files);
  };

  if (isRecording) {
    return (
      <Suspense fallback={<div className="composer" />}>
        <VoiceRecorder
          onClose={() => setRecording(false)}
          onRecorded={(file, duration) => {
            setRecording(false);
            onSent();
            act(() => post({ conversationId: id, kind: 'VOICE', content: '', file, duration }));
          }}
        />
      </Suspense>
    );
  }

  const canRecord = text.trim() === '' && !edited && typeof MediaRecorder !== 'undefined';
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        act(submit);
      }}
    >
      {reference && (
        <div className="composer-about">
          <Icon name={reference.kind === 'edit' ? 'edit' : 'reply'} />
          <span>
            <strong>{reference.kind === 'edit' ? t('composer.editing') : reference.message.senderName}</strong>
            <small>{preview(reference.message)}</small>
          </span>
          <IconButton icon="close" label={t('common.cancel')} onPress={() => onReference(null)} />
        </div>
      )}
      <Completion completion={completion} />
      <div className="composer-line">
        <IconButton icon="attach" label={t('composer.attach')} onPress={() => chooser.current?.click()} />
        <input
          ref={chooser}
          type="file"
          multiple
          hidden
          aria-hidden="true"
          tabIndex={-1}
          onChange={(event) => {
            onFiles([...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
        <textarea
          ref={ref}
          rows={1}
          value={text}
          dir="auto"
          placeholder={t('composer.placeholder')}
          aria-label={t('composer.message', { name: conversation.name })}
          {...completion.aria}
          onChange={(event) => {
            change(event.target.value);
            completion.look();
          }}
          onKeyDown={press}
          onKeyUp={completion.look}
          onClick={completion.look}
          onPaste={paste}
          onBlur={typing.stop}
        />
        <div ref={pickerButton}>
          <IconButton icon="smile" label={t('composer.pick')} onPress={() => setPicking(true)} />
        </div>
        {canRecord ? (
          <IconButton icon="mic" label={t('composer.record')} onPress={() => setRecording(true)} />
        ) : (
          <IconButton
            icon={edited ? 'check' : 'send'}
            kind="primary"
            label={t(edited ? 'composer.save' : 'composer.send')}
            type="submit"
            isDisabled={text.trim() === ''}
          />
        )}
      </div>
      {isPicking && (
        <FloatAt label={t('composer.pick')} anchor={pickerButton} onClose={() => setPicking(false)}>
          <Suspense fallback={<Spinner />}>
            <Picker
              conversationId={id}
              onEmoji={(emoji) => change(insert(ref, text, emoji))}
              onSent={() => {
                setPicking(false);
                onSent();
              }}
            />
          </Suspense>
        </FloatAt>
      )}
    </form>
  );
}, isSameRoom);

/** By Pythia where somebody may be named, as in sending. */
async function revise(message: Message, content: string): Promise<Message> {
  if (!pythia.mayMention(content)) return urge.edit(message.id, content);
  return { ...message, content: await pythia.edit(message.id, content), isEdited: true };
}

export function quoteOf(message: Message): NonNullable<Message['replyTo']> {
  return { id: message.id, senderName: message.senderName, content: preview(message) };
}

function insert(ref: RefObject<HTMLTextAreaElement | null>, text: string, piece: string): string {
  const at = ref.current?.selectionStart ?? text.length;
  const end = ref.current?.selectionEnd ?? at;
  return text.slice(0, at) + piece + text.slice(end);
}

/** As high as its text, up to what its style allows. */
function grow(area: HTMLTextAreaElement | null): void {
  if (!area) return;
  area.style.height = 'auto';
  area.style.height = `${area.scrollHeight}px`;
}

/** Says that I type: at the first key, and once I pause or stop. */
function useTypingNotice(conversationId: string) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const stop = () => {
    if (timer.current === undefined) return;
    clearTimeout(timer.current);
    timer.current = undefined;
    tellTyping(conversationId, false);
  };
  const go = () => {
    if (timer.current === undefined) tellTyping(conversationId, true);
    clearTimeout(timer.current);
    timer.current = setTimeout(stop, pauseMs);
  };
  useEffect(() => stop, [conversationId]);
  return { go, stop };
}
