import 'reflect-metadata'
import { readFileSync } from 'node:fs'
import { DataSource } from 'typeorm'
import * as work from './work.mjs'

const make = (max, more) =>
  new DataSource({ type: 'postgres', url: work.bareUrl, ssl: { ca: readFileSync(work.caFile, 'utf8') }, extra: { max, ...more } })

async function load(source) {
  if (!source.isInitialized) await source.initialize()
  const query = async (on, k, n) => (await on.query(`select ${k} + $1::int as v`, [n]))[0].v
  return work.load(
    (k, n) => query(source, k, n),
    (pairs) =>
      source.transaction(async (manager) => {
        const values = []
        for (const [k, n] of pairs) values.push(await query(manager, k, n))
        return values
      }),
  )
}

await work.main({
  default: () => load(make(work.pool)),
  advised: async () => load((await work.generated('data-source.mjs')).dataSource),
  once: async () => {
    let source
    await work.once(async (text) => {
      source ??= await make(1, { connectionTimeoutMillis: 5000 }).initialize()
      await source.query(text)
    })
  },
})
