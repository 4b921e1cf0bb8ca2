// What the bundled GIFs are called, and found by: in English, Indonesian, Japanese, Korean and Chinese.

/** One text a language: its words, the title first. */
export type Words = readonly [en: string, id: string, ja: string, ko: string, zh: string];

/** By the name of the file. */
export const catalogue: Readonly<Record<string, Words>> = {
  'beating-heart': [
    'heart, love, like',
    'hati, cinta, suka',
    'ハート, 愛, 好き',
    '하트, 사랑, 좋아요',
    '爱心, 爱, 喜欢',
  ],
  'bouncing-ball': [
    'ball, bounce, play',
    'bola, memantul, main',
    'ボール, 弾む, 遊び',
    '공, 튀기기, 놀이',
    '球, 弹跳, 玩',
  ],
  'blinking-face': [
    'smile, happy, wink',
    'senyum, senang, kedip',
    '笑顔, 嬉しい, ウインク',
    '미소, 행복, 윙크',
    '微笑, 开心, 眨眼',
  ],
  'waving-hand': [
    'hello, hi, bye, wave',
    'halo, hai, dadah, lambai',
    'こんにちは, やあ, バイバイ, 手を振る',
    '안녕, 하이, 잘 가, 손인사',
    '你好, 嗨, 再见, 挥手',
  ],
  'rising-sun': [
    'good morning, sun, morning',
    'selamat pagi, matahari, pagi',
    'おはよう, 太陽, 朝',
    '좋은 아침, 해, 아침',
    '早上好, 太阳, 早晨',
  ],
  'twinkling-night': [
    'good night, moon, stars',
    'selamat malam, bulan, bintang',
    'おやすみ, 月, 星',
    '잘 자, 달, 별',
    '晚安, 月亮, 星星',
  ],
  'falling-rain': ['rain, sad, weather', 'hujan, sedih, cuaca', '雨, 悲しい, 天気', '비, 슬픔, 날씨', '雨, 难过, 天气'],
  'falling-snow': [
    'snow, winter, cold',
    'salju, musim dingin, dingin',
    '雪, 冬, 寒い',
    '눈, 겨울, 추위',
    '雪, 冬天, 冷',
  ],
  'falling-confetti': [
    'congratulations, party, hooray',
    'selamat, pesta, hore',
    'おめでとう, パーティー, やった',
    '축하해, 파티, 만세',
    '恭喜, 派对, 万岁',
  ],
  'birthday-candles': [
    'happy birthday, cake, birthday',
    'selamat ulang tahun, kue, ulang tahun',
    '誕生日おめでとう, ケーキ, 誕生日',
    '생일 축하해, 케이크, 생일',
    '生日快乐, 蛋糕, 生日',
  ],
  'typing-dots': [
    'wait, thinking, typing',
    'tunggu, berpikir, mengetik',
    '待って, 考え中, 入力中',
    '잠깐, 생각 중, 입력 중',
    '等等, 思考, 正在输入',
  ],
  'drawn-tick': ['yes, ok, done', 'ya, oke, selesai', 'はい, オーケー, 完了', '네, 오케이, 완료', '是, 好的, 完成'],
  'shaking-cross': [
    'no, nope, stop',
    'tidak, jangan, berhenti',
    'いいえ, だめ, ストップ',
    '아니, 안 돼, 그만',
    '不, 不要, 停',
  ],
  'steaming-cup': [
    'coffee, tea, break',
    'kopi, teh, istirahat',
    'コーヒー, お茶, 休憩',
    '커피, 차, 휴식',
    '咖啡, 茶, 休息',
  ],
  'swimming-fish': [
    'fish, sea, calm',
    'ikan, laut, tenang',
    '魚, 海, のんびり',
    '물고기, 바다, 평온',
    '鱼, 大海, 平静',
  ],
};
