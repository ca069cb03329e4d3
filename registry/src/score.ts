/**
 * @module score: what can be said of a piece's care from its artifact alone: 100 points, and a reason for each that is lost.
 * A row is a question; its weight is what a "no" costs.
 */
import { askOf, type Manifest, permissions } from '@ap-wasm/executor'

export interface ScoreRow {
  question: string
  points: number
  of: number
  /** What to do about the points that are lost; absent: none is. */
  reason?: string
}

export interface Score {
  points: number
  rows: ScoreRow[]
}

interface Facts {
  manifest: Manifest
  signed: boolean
  provenance: boolean
  bytes: number
}

type Members = [name: string, one: { description: string; props: Record<string, { description?: string }> }][]

const members = ({ description }: Manifest): Members => [
  ...(Object.entries(description.actions) as Members),
  ...(Object.entries(description.triggers) as Members),
]

/** What share of them is good, and the first few that are not. */
function share<T>(all: readonly T[], isGood: (one: T) => boolean, nameOf: (one: T) => string) {
  const bad = all.filter((one) => !isGood(one)).map(nameOf)
  const named = bad.slice(0, 3).join(', ') + (bad.length > 3 ? ` and ${bad.length - 3} more` : '')
  return { good: all.length === 0 ? 1 : 1 - bad.length / all.length, named }
}

const README_CHARS = 300
const LIGHT_BYTES = 5 * 1024 ** 2

interface Question {
  question: string
  of: number
  /** From 0 to 1, and what is lacking. */
  judge(facts: Facts): { good: number; reason: string }
}

const yes = (isGood: boolean, reason: string) => ({ good: isGood ? 1 : 0, reason })

const QUESTIONS: readonly Question[] = [
  {
    question: 'Has a README that explains it',
    of: 15,
    judge: ({ manifest: { readme = '' } }) => ({
      good: Math.min(1, readme.trim().length / README_CHARS),
      reason: `The README has ${readme.trim().length} characters; from ${README_CHARS} on it counts in full. Put a README.md beside piece.json.`,
    }),
  },
  {
    question: 'The README shows an example',
    of: 5,
    judge: ({ manifest: { readme = '' } }) =>
      yes(/^( {0,3}(```|~~~)| {4}\S)/m.test(readme), 'No code block stands in the README: show one call.'),
  },
  {
    question: 'Actions and triggers are described',
    of: 10,
    judge({ manifest }) {
      const { good, named } = share(
        members(manifest),
        ([, one]) => one.description.trim() !== '',
        ([name]) => name,
      )
      return { good, reason: `Without a description: ${named}.` }
    },
  },
  {
    question: 'Properties are described',
    of: 10,
    judge({ manifest }) {
      const props = members(manifest).flatMap(([name, { props }]) =>
        Object.entries(props).map(([prop, { description = '' }]) => ({ at: `${name}.${prop}`, description })),
      )
      const { good, named } = share(
        props,
        ({ description }) => description.trim() !== '',
        ({ at }) => at,
      )
      return { good, reason: `Without a description: ${named}.` }
    },
  },
  {
    question: 'Says what comes out',
    of: 10,
    judge({ manifest: { description } }) {
      const all = [
        ...Object.entries(description.actions).map(([name, one]) => ({
          name,
          says: (one.outputSchema ?? one.outputJsonSchema ?? one.sampleOutput) !== undefined,
        })),
        ...Object.entries(description.triggers).map(([name, { sampleData }]) => ({
          name,
          says: sampleData !== null && sampleData !== undefined,
        })),
      ]
      const { good, named } = share(
        all,
        ({ says }) => says,
        ({ name }) => name,
      )
      return { good, reason: `Neither schema nor sample of the output: ${named}.` }
    },
  },
  {
    question: 'Can be tried here',
    of: 10,
    judge({ manifest }) {
      const tried = new Set((manifest.cases ?? []).flatMap((one) => [one.action, one.trigger]))
      const { good, named } = share(
        members(manifest),
        ([name]) => tried.has(name),
        ([name]) => name,
      )
      return { good, reason: `No recorded case for: ${named}. \`ap-wasm test --record\` makes one.` }
    },
  },
  {
    question: 'Asks for no more hosts than it names',
    of: 10,
    judge({ manifest }) {
      const wide = permissions(askOf(manifest)).filter((one) => one.wide)
      return yes(
        wide.length === 0,
        `It may ${wide.map(({ words }) => words).join(', ')}: name the hosts if they are known.`,
      )
    },
  },
  {
    question: 'Has a licence',
    of: 5,
    judge: ({ manifest }) => yes(manifest.license !== undefined, 'Set "license" in piece.json to an SPDX expression.'),
  },
  {
    question: 'Says where its source is',
    of: 5,
    judge: ({ manifest }) => yes(manifest.repository !== undefined, 'Set "repository" in piece.json.'),
  },
  {
    question: 'Can be found by category or tag',
    of: 5,
    judge: ({ manifest }) =>
      yes(
        manifest.description.categories.length > 0 || (manifest.tags ?? []).length > 0,
        'Set categories in the code, or "tags" in piece.json.',
      ),
  },
  {
    question: 'Has an icon',
    of: 3,
    judge: ({ manifest }) => yes(manifest.icon !== undefined, 'Put an icon.png of up to 32 KiB beside piece.json.'),
  },
  {
    question: 'Is small to fetch',
    of: 2,
    judge: ({ bytes }) =>
      yes(bytes <= LIGHT_BYTES, `It has ${(bytes / 1024 ** 2).toFixed(1)} MiB; up to 5 MiB counts.`),
  },
  {
    question: 'Is signed by its publisher',
    of: 5,
    judge: ({ signed }) => yes(signed, 'Publish with `ap-wasm publish` after `ap-wasm login`: it signs.'),
  },
  {
    question: 'Says which source it was built from',
    of: 5,
    judge: ({ provenance }) => yes(provenance, 'Publish from a git clone whose work is committed.'),
  },
]

export function scoreOf(facts: Facts): Score {
  const rows = QUESTIONS.map(({ question, of, judge }): ScoreRow => {
    const { good, reason } = judge(facts)
    const points = Math.floor(of * good)
    return { question, points, of, ...(points < of ? { reason } : {}) }
  })
  return { points: rows.reduce((sum, { points }) => sum + points, 0), rows }
}
