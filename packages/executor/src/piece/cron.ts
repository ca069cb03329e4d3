/** @module piece/cron: whether a text is a cron expression of five fields. Who schedules by it (the flow engine) reads its meaning. */

interface Field {
  min: number
  max: number
  names?: readonly string[]
}

const FIELDS: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'] },
  // 7 is Sunday as well.
  { min: 0, max: 7, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] },
]

export function isCron(expression: string): boolean {
  const parts = expression.trim().split(/\s+/)
  return (
    parts.length === FIELDS.length && parts.every((part, i) => part.split(',').every((one) => fits(one, FIELDS[i]!)))
  )
}

function fits(part: string, field: Field): boolean {
  const match = /^(?:\*|([0-9]{1,2}|[A-Z]{3})(?:-([0-9]{1,2}|[A-Z]{3}))?)(?:\/([0-9]{1,2}))?$/i.exec(part)
  if (match === null) return false
  const [, from, to, step] = match
  const low = from === undefined ? field.min : numberOf(from, field)
  const high = to === undefined ? low : numberOf(to, field)
  return low !== undefined && high !== undefined && low <= high && (step === undefined || Number(step) > 0)
}

function numberOf(text: string, field: Field): number | undefined {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1
  if (named >= 0) return named + field.min
  const value = Number(text)
  return Number.isInteger(value) && value >= field.min && value <= field.max ? value : undefined
}
