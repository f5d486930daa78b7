// Makes the two Prisma clients (SQLite and PostgreSQL) from the one prisma/models.prisma. Run by `npm install`.
