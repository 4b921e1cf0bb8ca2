// The stickers that come with the server, and what they are called and found by. Drawn by scripts/draw-pictures.mjs.

import type { Language } from '../../texts/index.ts';

/** In English, Indonesian, Japanese, Korean and Chinese. Of a sticker: its words, its name the first. */
type Said = readonly [en: string, id: string, ja: string, ko: string, zh: string];

interface PackEntry {
  name: Said;
  description: Said;
  /** By id, which is the file's name too. */
  stickers: Readonly<Record<string, Said>>;
}

const order: readonly Language[] = ['en', 'id', 'ja', 'ko', 'zh'];

/** The words of one language. */
export function inLanguage(said: Said, language: Language): string {
  return said[order.indexOf(language)]!;
}

/** By the pack's id, which is the folder's name too. */
export const packs: Readonly<Record<string, PackEntry>> = {
  emotions: {
    name: ['Emotions', 'Perasaan', '気持ち', '감정', '心情'],
    description: [
      'A face for every mood',
      'Wajah untuk setiap suasana hati',
      'どんな気分にも合う顔',
      '모든 기분을 위한 얼굴',
      '每种心情都有一张脸',
    ],
    stickers: {
      happy: [
        'happy, smile, joy',
        'senang, senyum, gembira',
        '嬉しい, 笑顔, 喜び',
        '행복, 미소, 기쁨',
        '开心, 微笑, 快乐',
      ],
      sad: [
        'sad, cry, upset',
        'sedih, menangis, kecewa',
        '悲しい, 泣く, つらい',
        '슬픔, 울음, 속상함',
        '难过, 哭, 伤心',
      ],
      love: [
        'love, heart, romance',
        'cinta, hati, romantis',
        '大好き, ハート, 恋',
        '사랑, 하트, 로맨스',
        '爱, 心, 浪漫',
      ],
      angry: [
        'angry, mad, rage',
        'marah, kesal, geram',
        '怒り, むかつく, 激怒',
        '화남, 짜증, 분노',
        '生气, 恼火, 愤怒',
      ],
      laugh: [
        'laugh, funny, lol',
        'tertawa, lucu, ngakak',
        '笑い, 面白い, 爆笑',
        '웃음, 재미, 폭소',
        '大笑, 好笑, 哈哈',
      ],
      surprised: [
        'surprised, wow, shock',
        'terkejut, wow, kaget',
        '驚き, わあ, びっくり',
        '놀람, 와, 충격',
        '惊讶, 哇, 震惊',
      ],
      sleepy: ['sleepy, tired, night', 'mengantuk, lelah, malam', '眠い, 疲れた, 夜', '졸림, 피곤, 밤', '困, 累, 晚安'],
      cool: [
        'cool, sunglasses, relaxed',
        'keren, kacamata, santai',
        'クール, サングラス, 余裕',
        '멋짐, 선글라스, 여유',
        '酷, 墨镜, 悠闲',
      ],
      shy: [
        'shy, blush, embarrassed',
        'malu, merona, canggung',
        '照れ, 赤面, 恥ずかしい',
        '수줍음, 볼 빨개짐, 부끄러움',
        '害羞, 脸红, 尴尬',
      ],
    },
  },
  animals: {
    name: ['Animals', 'Hewan', '動物', '동물', '动物'],
    description: [
      'Small friends from near and far',
      'Teman kecil dari dekat dan jauh',
      'あちこちの小さな友だち',
      '가깝고 먼 곳의 작은 친구들',
      '远近的小伙伴',
    ],
    stickers: {
      cat: [
        'cat, cute, pet',
        'kucing, imut, peliharaan',
        '猫, かわいい, ペット',
        '고양이, 귀여움, 반려동물',
        '猫, 可爱, 宠物',
      ],
      dog: [
        'dog, cute, pet',
        'anjing, imut, peliharaan',
        '犬, かわいい, ペット',
        '강아지, 귀여움, 반려동물',
        '狗, 可爱, 宠物',
      ],
      panda: [
        'panda, cute, bear',
        'panda, imut, beruang',
        'パンダ, かわいい, 熊',
        '판다, 귀여움, 곰',
        '熊猫, 可爱, 熊',
      ],
      rabbit: [
        'rabbit, cute, bunny',
        'kelinci, imut, telinga',
        'うさぎ, かわいい, バニー',
        '토끼, 귀여움, 귀',
        '兔子, 可爱, 耳朵',
      ],
      fox: ['fox, clever, forest', 'rubah, cerdik, hutan', 'きつね, 賢い, 森', '여우, 영리함, 숲', '狐狸, 聪明, 森林'],
      bear: ['bear, cuddly, forest', 'beruang, peluk, hutan', '熊, もふもふ, 森', '곰, 포근함, 숲', '熊, 抱抱, 森林'],
      frog: ['frog, green, pond', 'katak, hijau, kolam', 'かえる, 緑, 池', '개구리, 초록, 연못', '青蛙, 绿色, 池塘'],
      penguin: ['penguin, cold, ice', 'penguin, dingin, es', 'ペンギン, 寒い, 氷', '펭귄, 추위, 얼음', '企鹅, 冷, 冰'],
      chick: [
        'chick, bird, small',
        'anak ayam, burung, kecil',
        'ひよこ, 鳥, 小さい',
        '병아리, 새, 작음',
        '小鸡, 鸟, 小',
      ],
    },
  },
  reactions: {
    name: ['Reactions', 'Reaksi', 'リアクション', '반응', '反应'],
    description: [
      'Short answers without a word',
      'Jawaban singkat tanpa kata',
      '言葉のいらない返事',
      '말이 필요 없는 대답',
      '不用说话的回答',
    ],
    stickers: {
      thumbs_up: [
        'thumbs, up, good, ok',
        'jempol, bagus, oke',
        'いいね, よい, オーケー',
        '좋아요, 최고, 오케이',
        '赞, 好, 可以',
      ],
      thumbs_down: [
        'thumbs, down, bad, no',
        'jempol ke bawah, jelek, tidak',
        'よくない, 悪い, いいえ',
        '싫어요, 별로, 아니',
        '踩, 不好, 不',
      ],
      clap: [
        'clap, applause, good',
        'tepuk tangan, hebat, bagus',
        '拍手, 喝采, よくやった',
        '박수, 갈채, 잘했어',
        '鼓掌, 喝彩, 很好',
      ],
      wave: [
        'wave, hello, hi, bye',
        'lambai, halo, hai, dadah',
        '手を振る, こんにちは, やあ, バイバイ',
        '손인사, 안녕, 하이, 잘 가',
        '挥手, 你好, 嗨, 再见',
      ],
      yes: ['yes, tick, done', 'ya, centang, selesai', 'はい, チェック, 完了', '네, 체크, 완료', '是, 对勾, 完成'],
      no: ['no, cross, stop', 'tidak, silang, berhenti', 'いいえ, ばつ, ストップ', '아니요, 엑스, 그만', '不, 叉, 停'],
      question: [
        'question, what, why',
        'pertanyaan, apa, kenapa',
        '質問, 何, なぜ',
        '질문, 뭐, 왜',
        '问号, 什么, 为什么',
      ],
      fire: ['fire, hot, great', 'api, panas, hebat', '炎, 熱い, すごい', '불, 뜨거움, 대단해', '火, 热, 厉害'],
      broken_heart: [
        'broken, heart, sorry',
        'patah hati, hati, maaf',
        '失恋, ハート, ごめん',
        '상심, 하트, 미안',
        '心碎, 心, 抱歉',
      ],
    },
  },
  celebrations: {
    name: ['Celebrations', 'Perayaan', 'お祝い', '축하', '庆祝'],
    description: [
      'For good days and good news',
      'Untuk hari baik dan kabar baik',
      'うれしい日と知らせに',
      '좋은 날과 좋은 소식에',
      '为好日子和好消息',
    ],
    stickers: {
      cake: [
        'cake, birthday, candle',
        'kue, ulang tahun, lilin',
        'ケーキ, 誕生日, ろうそく',
        '케이크, 생일, 촛불',
        '蛋糕, 生日, 蜡烛',
      ],
      balloon: [
        'balloon, party, birthday',
        'balon, pesta, ulang tahun',
        '風船, パーティー, 誕生日',
        '풍선, 파티, 생일',
        '气球, 派对, 生日',
      ],
      gift: [
        'gift, present, surprise',
        'hadiah, kado, kejutan',
        'プレゼント, 贈り物, サプライズ',
        '선물, 깜짝, 축하',
        '礼物, 惊喜, 祝贺',
      ],
      trophy: [
        'trophy, winner, congratulations',
        'piala, juara, selamat',
        'トロフィー, 優勝, おめでとう',
        '트로피, 우승, 축하해',
        '奖杯, 冠军, 恭喜',
      ],
      star: [
        'star, great, well done',
        'bintang, hebat, bagus sekali',
        '星, すごい, よくできました',
        '별, 훌륭해, 잘했어요',
        '星星, 很棒, 干得好',
      ],
      flower: [
        'flower, thanks, spring',
        'bunga, terima kasih, musim semi',
        '花, ありがとう, 春',
        '꽃, 고마워, 봄',
        '花, 谢谢, 春天',
      ],
      sun: [
        'sun, good morning, summer',
        'matahari, selamat pagi, musim panas',
        '太陽, おはよう, 夏',
        '해, 좋은 아침, 여름',
        '太阳, 早上好, 夏天',
      ],
      moon: [
        'moon, good night, dream',
        'bulan, selamat malam, mimpi',
        '月, おやすみ, 夢',
        '달, 잘 자, 꿈',
        '月亮, 晚安, 梦',
      ],
      fireworks: [
        'fireworks, new year, hooray',
        'kembang api, tahun baru, hore',
        '花火, 新年, やった',
        '불꽃놀이, 새해, 만세',
        '烟花, 新年, 万岁',
      ],
    },
  },
};
