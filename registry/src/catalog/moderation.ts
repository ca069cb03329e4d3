/** @module catalog/moderation: reports of visitors, what moderators did about them, and the log of both. */
import { newId } from '../ids.ts'
import type { Database } from './database.ts'
import type { Audit, Reports } from './schema.ts'

export const REPORT_REASONS = ['malware', 'impersonation', 'licence', 'abuse', 'other'] as const
export type ReportReason = (typeof REPORT_REASONS)[number]

const OPEN_REPORTS = 10_000
const SHOWN = 200

export type AuditEntry = Omit<Audit, 'account_id'> & { account: string }
export type Moderation = ReturnType<typeof createModeration>

export function createModeration(db: Database) {
  return {
    /** Beyond so many that nobody read yet, more of them help nobody: false. */
    async report(piece: string, version: string | undefined, reason: ReportReason, detail: string): Promise<boolean> {
      const { open } = await db
        .selectFrom('reports')
        .select((one) => one.fn.countAll<number>().as('open'))
        .where('closed_at', 'is', null)
        .executeTakeFirstOrThrow()
      if (Number(open) >= OPEN_REPORTS) return false
      await db
        .insertInto('reports')
        .values({
          ...{ id: newId(), piece, version: version ?? null, reason, detail },
          ...{ created_at: Date.now(), outcome: null, closed_at: null },
        })
        .execute()
      return true
    },

    open: (): Promise<Reports[]> =>
      db.selectFrom('reports').selectAll().where('closed_at', 'is', null).orderBy('created_at').limit(SHOWN).execute(),

    async closeReport(id: string, outcome: string): Promise<void> {
      await db
        .updateTable('reports')
        .set({ outcome, closed_at: Date.now() })
        .where('id', '=', id)
        .where('closed_at', 'is', null)
        .execute()
    },

    /** Who did what to what, and why. */
    async log(accountId: string, action: string, subject: string, detail = ''): Promise<void> {
      await db
        .insertInto('audit')
        .values({ id: newId(), at: Date.now(), account_id: accountId, action, subject, detail })
        .execute()
    },

    async entries(subject?: string): Promise<AuditEntry[]> {
      const all = db
        .selectFrom('audit')
        .innerJoin('accounts', 'accounts.id', 'audit.account_id')
        .select(['audit.id', 'audit.at', 'audit.action', 'audit.subject', 'audit.detail', 'accounts.name as account'])
        .orderBy('audit.at', 'desc')
        .limit(SHOWN)
      return (subject === undefined ? all : all.where('audit.subject', '=', subject)).execute()
    },
  }
}
