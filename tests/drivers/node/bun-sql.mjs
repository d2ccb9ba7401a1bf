import { readFileSync } from 'node:fs'
import { SQL } from 'bun'
import * as work from './work.mjs'

const make = (more) => new SQL({ url: work.bareUrl, tls: { ca: readFileSync(work.caFile, 'utf8') }, ...more })

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
  default: () => load(make({ max: work.pool })),
  advised: async () => load((await work.generated('db.ts')).sql),
  once: async () => {
    const sql = make({ max: 1, connectionTimeout: 5 })
    await work.once((text) => sql.unsafe(text))
  },
})
