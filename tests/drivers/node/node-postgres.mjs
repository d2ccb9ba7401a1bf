import pg from 'pg'
import * as work from './work.mjs'

const make = () => new pg.Pool({ connectionString: work.url, max: work.pool })

function load(pool, name = () => undefined) {
  work.quiet(pool)
  const query = async (on, k, n) => {
    const { rows } = await on.query({ name: name(k), text: `select ${k} + $1::int as v`, values: [n] })
    return rows[0].v
  }
  return work.load(
    (k, n) => query(pool, k, n),
    async (pairs) => {
      const client = await pool.connect()
      try {
        await client.query('begin')
        const values = []
        for (const [k, n] of pairs) values.push(await query(client, k, n))
        await client.query('commit')
        client.release()
        return values
      } catch (error) {
        client.release(error)
        throw error
      }
    },
  )
}

await work.main({
  default: () => load(make()),
  named: () => load(make(), (k) => `select-${k}`),
  advised: async () => load((await work.generated('db.mjs')).pool),
  once: async () => {
    let client
    await work.once(async (sql) => {
      if (!client) {
        client = new pg.Client({ connectionString: work.url, connectionTimeoutMillis: 5000 })
        client.on('error', () => {})
        await client.connect()
      }
      await client.query(sql)
    })
  },
})
