// The client is generated from schema.prisma, without a table: raw queries are what the adapter sends either way.
import { readFileSync } from 'node:fs'
import { PrismaPg } from '@prisma/adapter-pg'
import * as work from './work.mjs'

const { PrismaClient } = await work.generated('generated/prisma/client.ts')

const make = (max, options, more) =>
  new PrismaClient({
    adapter: new PrismaPg({ connectionString: work.bareUrl, max, ssl: { ca: readFileSync(work.caFile, 'utf8') }, ...more }, options),
  })

function load(prisma) {
  const query = async (on, k, n) => (await on.$queryRawUnsafe(`select ${k} + $1::int as v`, n))[0].v
  return work.load(
    (k, n) => query(prisma, k, n),
    (pairs) =>
      prisma.$transaction(
        async (transaction) => {
          const values = []
          for (const [k, n] of pairs) values.push(await query(transaction, k, n))
          return values
        },
        { maxWait: 30000, timeout: 30000 },
      ),
  )
}

await work.main({
  default: () => load(make(work.pool)),
  named: () => load(make(work.pool, { statementNameGenerator: ({ sql }) => `p_${sql.replace(/\W+/g, '_')}` })),
  advised: async () => load((await work.generated('db.ts')).prisma),
  once: async () => {
    const prisma = make(1, undefined, { connectionTimeoutMillis: 5000 })
    await work.once((text) => prisma.$queryRawUnsafe(text))
  },
})
