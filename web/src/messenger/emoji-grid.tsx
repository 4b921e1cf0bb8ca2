// Emoji to choose from, by kind.

import { useTranslation } from 'react-i18next';

const kinds = {
  faces:
    '😀 😃 😄 😁 😆 😅 😂 🤣 🙂 🙃 😉 😊 😇 🥰 😍 🤩 😘 😋 😛 😜 🤪 🤗 🤭 🤫 🤔 🤐 😐 😶 😏 😒 🙄 😬 😌 😔 😴 😷 🤒 🤯 🥳 😎 🤓 😕 😟 🙁 😮 😳 🥺 😨 😢 😭 😱 😞 😩 🥱 😤 😡 🤬 😈 💀 💩 🤡 👻 👽 🤖',
  hands: '👍 👎 👌 🤌 ✌️ 🤞 🤟 🤙 👈 👉 👆 👇 ☝️ ✋ 👋 🤚 🖐️ ✊ 👊 👏 🙌 🫶 🤝 🙏 💪 ✍️ 👀 👑',
  hearts: '❤️ 🧡 💛 💚 💙 💜 🖤 🤍 💔 💕 💖 💘 💯 💥 💫 💤 🔥 ✨ ⭐ 🌟 ⚡ 🎉 🎊 🎈 🎁 🏆 🥇 ✅ ❌ ❓ ❗ 🚀',
  nature: '🐶 🐱 🐭 🐰 🦊 🐻 🐼 🐨 🐯 🦁 🐷 🐸 🐵 🐔 🐧 🐦 🦄 🐝 🦋 🐢 🐙 🐬 🌸 🌹 🌻 🌲 🌴 🍀 🌈 ☀️ 🌙 ❄️',
  food: '🍎 🍌 🍇 🍓 🍒 🍑 🥝 🍅 🥑 🌽 🥕 🍞 🧀 🍔 🍟 🍕 🌮 🍜 🍣 🍚 🍦 🍩 🍪 🎂 🍫 ☕ 🍵 🍺 🍷 🥂',
} as const;

export default function EmojiGrid({ onChoose }: { onChoose: (emoji: string) => void }) {
  const { t } = useTranslation();
  return (
    <div className="emoji-grid">
      {Object.entries(kinds).map(([kind, all]) => (
        <div key={kind} role="group" aria-label={t(`emoji.${kind}`)}>
          {all.split(' ').map((emoji) => (
            <button key={emoji} type="button" onClick={() => onChoose(emoji)} aria-label={emoji}>
              {emoji}
            </button>
          ))}
        </div>
      ))}
    </div>
  );
}
