/**
 * @module dates: moments as feeds write them. RFC 822 and RFC 3339 are the rule; what is read here beside them was seen:
 * zones by name, two digits of the year, no seconds, no weekday, a space for the T.
 */

/** Minutes east of Greenwich; of RFC 822, and of those that are written although it does not know them. */
const ZONES: Readonly<Record<string, number>> = {
  ...{ UT: 0, UTC: 0, GMT: 0, Z: 0, WET: 0, WEST: 60, BST: 60, CET: 60, MET: 60, CEST: 120, MEST: 120, EET: 120 },
  ...{ EEST: 180, MSK: 180, IST: 330, SGT: 480, HKT: 480, AWST: 480, JST: 540, KST: 540, AEST: 600, AEDT: 660 },
  ...{ NZST: 720, NZDT: 780, AST: -240, ADT: -180, EST: -300, EDT: -240, CST: -360, CDT: -300, MST: -420, MDT: -360 },
  ...{ PST: -480, PDT: -420, AKST: -540, AKDT: -480, HST: -600 },
}
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

const ZONE = String.raw`(?:\s*(?:(?:GMT|UTC)?([+-])(\d{1,2}):?(\d{2})?|([A-Z]{1,5}))(?:\s*\(.*\))?)?`
const TIME = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?`
const RFC822 = new RegExp(
  String.raw`^(?:\p{L}+\.?,?\s+)?(\d{1,2})[\s-]+([A-Z]{3})[A-Z]*\.?,?[\s-]+(\d{4}|\d{2})(?:,?\s+(?:at\s+)?${TIME}${ZONE})?$`,
  'iu',
)
/** `asctime` of C: `Tue Oct  1 10:00:00 2024`. */
const ASCTIME = new RegExp(
  String.raw`^(?:[A-Z]{3,9},?\s+)?([A-Z]{3})[A-Z]*\.?\s+(\d{1,2}),?\s+(?:${TIME}\s+)?(\d{4})$`,
  'i',
)
const CLOCK = String.raw`(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?`
const ISO = new RegExp(String.raw`^(\d{4})-?(\d{2})(?:-?(\d{2}))?(?:[T\s]\s*${CLOCK}${ZONE})?$`, 'i')

/** RFC 2822 §4.3: two digits below 50 are of this century. */
const fullYear = (digits: string): number =>
  Number(digits) + (digits.length > 2 ? 0 : Number(digits) < 50 ? 2000 : 1900)

function zoneMinutes(
  sign: string | undefined,
  hours: string | undefined,
  minutes: string | undefined,
  name: string | undefined,
): number {
  if (sign !== undefined) return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes ?? 0))
  // A moment without a zone, or with one that nobody knows, is taken for one of Greenwich: RFC 2822 §4.3 says so.
  return ZONES[name?.toUpperCase() ?? ''] ?? 0
}

function moment(
  [year, month, day]: readonly [number, number, number],
  [hour = '0', minute = '0', second = '0', fraction = '0']: readonly (string | undefined)[],
  zone: number,
): string | undefined {
  if (month < 0 || month > 11 || day < 1 || day > 31 || Number(hour) > 24 || Number(minute) > 59) return undefined
  const milliseconds = Math.trunc(Number(`0.${fraction}`) * 1000)
  const at = Date.UTC(year, month, day, Number(hour), Number(minute) - zone, Math.min(Number(second), 59), milliseconds)
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}

/** ISO 8601 in UTC; undefined when the text is no moment. */
export function parseDate(text: string | undefined): string | undefined {
  const written = text?.trim().replace(/\s+/g, ' ') ?? ''
  if (written === '' || written.length > 100) return undefined
  const iso = ISO.exec(written)
  if (iso) {
    const [, year, month, day = '1', ...rest] = iso
    return moment([Number(year), Number(month) - 1, Number(day)], rest, zoneMinutes(rest[4], rest[5], rest[6], rest[7]))
  }
  const rfc = RFC822.exec(written)
  if (rfc) {
    const [, day, month = '', year = '', ...rest] = rfc
    const at = [fullYear(year), MONTHS.indexOf(month.toLowerCase()), Number(day)] as const
    return moment(at, rest, zoneMinutes(rest[4], rest[5], rest[6], rest[7]))
  }
  const asctime = ASCTIME.exec(written)
  if (!asctime) return undefined
  const [, month = '', day, hour, minute, second, fraction, year] = asctime
  return moment([Number(year), MONTHS.indexOf(month.toLowerCase()), Number(day)], [hour, minute, second, fraction], 0)
}
