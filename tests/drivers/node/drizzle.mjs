// Drizzle's query builder over a set-returning function, so that no table is needed.
import { sql } from 'drizzle-orm'
import * as work from './work.mjs'

export function drizzleLoad(db, named = false) {
  const query = async (on, k, n) => {
    const select = on.select({ v: sql`${sql.raw(String(k))} + ${sql.placeholder('n')}::int`.mapWith(Number) }).from(sql`(select 1) one`)
    // `.prepare(name)` with a name is what makes Drizzle name a statement.
    if (named) return (await select.prepare(`select_${k}`).execute({ n }))[0].v
    const plain = on.select({ v: sql`${sql.raw(String(k))} + ${n}::int`.mapWith(Number) }).from(sql`(select 1) one`)
    return (await plain)[0].v
  }
  return work.load(
    (k, n) => query(db, k, n),
    (pairs) =>
      db.transaction(async (transaction) => {
        const values = []
        for (const [k, n] of pairs) values.push(await query(transaction, k, n))
        return values
      }),
  )
}
