import { defineConfig } from 'prisma/config'

/** For Prisma's own command: `DATABASE_URL=… npx prisma migrate status --config prisma/postgresql/config.ts`. */
export default defineConfig({
  schema: '../generated/postgresql/schema.prisma',
  migrations: { path: 'migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
})
