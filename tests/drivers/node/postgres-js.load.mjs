// The work with postgres.js.
import * as work from './work.mjs'

export function load(sql) {
  const query = async (on, k, n) => (await on(work.template(k), n))[0].v
  return work.load(
    (k, n) => query(sql, k, n),
    (pairs) =>
      sql.begin(async (transaction) => {
        const values = []
        for (const [k, n] of pairs) values.push(await query(transaction, k, n))
        return values
      }),
  )
}
