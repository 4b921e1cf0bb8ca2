// Emoji for the text; stickers and GIFs, which are sent as they are chosen (NeruTalk).

import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import * as nerutalk from '../api/nerutalk.ts';
import { act, sentence } from '../ui/acting.ts';
import { SearchField } from '../ui/controls.tsx';
import { Spinner } from '../ui/pieces.tsx';
import EmojiGrid from './emoji-grid.tsx';

interface PickerProps {
  conversationId: string;
  onEmoji: (emoji: string) => void;
  onSent: () => void;
}

export default function Picker({ conversationId, onEmoji, onSent }: PickerProps) {
  const { t } = useTranslation();
  return (
    <Tabs className="picker">
      <TabList className="tabs" aria-label={t('composer.pick')}>
        <Tab id="emoji">{t('picker.emoji')}</Tab>
        <Tab id="stickers">{t('picker.stickers')}</Tab>
        <Tab id="gifs">{t('picker.gifs')}</Tab>
      </TabList>
      <TabPanel id="emoji">
        <EmojiGrid onChoose={onEmoji} />
      </TabPanel>
      <TabPanel id="stickers">
        <Stickers conversationId={conversationId} onSent={onSent} />
      </TabPanel>
      <TabPanel id="gifs">
        <Gifs conversationId={conversationId} onSent={onSent} />
      </TabPanel>
    </Tabs>
  );
}

function Stickers({ conversationId, onSent }: Omit<PickerProps, 'onEmoji'>) {
  const { t } = useTranslation();
  const packs = useQuery({ queryKey: ['stickers'], queryFn: nerutalk.stickerPacks, staleTime: Infinity });
  if (packs.isPending) return <Spinner />;
  if (packs.isError) return <p className="hint">{sentence(packs.error)}</p>;
  const send = (sticker: nerutalk.Sticker) => {
    onSent();
    act(() => nerutalk.sendSticker(conversationId, sticker, crypto.randomUUID()));
  };
  return (
    <div className="sticker-packs">
      {packs.data.map((pack) => (
        <section key={pack.id} aria-label={pack.name}>
          <h3>{pack.name}</h3>
          <div className="sticker-grid">
            {pack.stickers.map((sticker) => (
              <button
                key={sticker.id}
                type="button"
                aria-label={t('picker.sendSticker', { name: sticker.name })}
                onClick={() => send({ ...sticker, pack_id: pack.id })}
              >
                <img src={sticker.url} alt="" loading="lazy" />
              </button>
            ))}
          </div>
        </section>
      ))}
    </div>
  );
}

function Gifs({ conversationId, onSent }: Omit<PickerProps, 'onEmoji'>) {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const sought = useDeferredValue(words.trim());
  const found = useQuery({ queryKey: ['gifs', sought], queryFn: ({ signal }) => nerutalk.gifs(sought, signal) });
  const send = (gif: nerutalk.Gif) => {
    onSent();
    act(() => nerutalk.sendGif(conversationId, gif, crypto.randomUUID()));
  };
  return (
    <>
      <SearchField label={t('picker.findGifs')} value={words} onChange={setWords} />
      {found.isPending && <Spinner />}
      {found.isError && <p className="hint">{sentence(found.error)}</p>}
      {found.data?.length === 0 && <p className="hint">{t('search.none')}</p>}
      <div className="gif-grid">
        {found.data?.map((gif) => (
          <button
            key={gif.id}
            type="button"
            aria-label={t('picker.sendGif', { name: gif.title })}
            onClick={() => send(gif)}
          >
            <img src={gif.preview_url} alt="" loading="lazy" />
          </button>
        ))}
      </div>
    </>
  );
}
