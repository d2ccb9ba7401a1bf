import { readFileSync } from 'node:fs'
import { QueryTypes, Sequelize } from 'sequelize'
import * as work from './work.mjs'

const make = (max, more) =>
  new Sequelize(work.bareUrl, {
    dialect: 'postgres',
    logging: false,
    pool: { max },
    dialectOptions: { ssl: { ca: readFileSync(work.caFile, 'utf8') }, ...more },
  })

function load(db) {
  const query = async (k, n, transaction) =>
    (await db.query(`select ${k} + $1::int as v`, { bind: [n], type: QueryTypes.SELECT, transaction }))[0].v
  return work.load(
    (k, n) => query(k, n),
    (pairs) =>
      db.transaction(async (transaction) => {
        const values = []
        for (const [k, n] of pairs) values.push(await query(k, n, transaction))
        return values
      }),
  )
}

await work.main({
  default: () => load(make(work.pool)),
  advised: async () => load((await work.generated('db.mjs')).sequelize),
  once: async () => {
    const db = make(1, { connectionTimeoutMillis: 5000 })
    await work.once((text) => db.query(text))
  },
})
