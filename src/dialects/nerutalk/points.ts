// Numbers with a decimal point: the Flutter client reads `10` as an integer, which its places do not take (contract, 11).

const fields = [
  'latitude',
  'longitude',
  'center_latitude',
  'center_longitude',
  'accuracy',
  'altitude',
  'speed',
  'heading',
  'bearing',
  'distance',
  'distance_meters',
];

/** A quote inside a text is escaped, so what stands between bare quotes before a colon is a field's name. */
const whole = new RegExp(`"(${fields.join('|')})":(-?\\d+)(?=[,}])`, 'g');

/** Writes `"latitude":52` as `"latitude":52.0`, wherever in the JSON it stands; other fields stay as they are. */
export function withPoints(json: string): string {
  return json.replace(whole, '"$1":$2.0');
}
