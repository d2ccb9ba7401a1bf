import { readFileSync } from 'node:fs'
import postgres from 'postgres'
import * as work from './work.mjs'

const make = (more = {}) =>
  postgres(work.bareUrl, { max: work.pool, ssl: { ca: readFileSync(work.caFile, 'utf8') }, onnotice: () => {}, ...more })

function load(sql) {
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

await work.main({
  default: () => load(make()),
  advised: async () => load((await work.generated('db.mjs')).sql),
  once: async () => {
    const sql = make({ max: 1, connect_timeout: 5 })
    await work.once((text) => sql.unsafe(text))
  },
})
