-- AlterTable
ALTER TABLE "FamilyFact" ADD COLUMN "acr" TEXT;
ALTER TABLE "FamilyFact" ADD COLUMN "amr" JSONB;
ALTER TABLE "FamilyFact" ADD COLUMN "authTime" DATETIME;
ALTER TABLE "FamilyFact" ADD COLUMN "clientVersion" INTEGER;
ALTER TABLE "FamilyFact" ADD COLUMN "everythingVersion" INTEGER;
ALTER TABLE "FamilyFact" ADD COLUMN "generation" INTEGER;
ALTER TABLE "FamilyFact" ADD COLUMN "macKid" TEXT;
ALTER TABLE "FamilyFact" ADD COLUMN "resource" TEXT;
ALTER TABLE "FamilyFact" ADD COLUMN "rotatedAt" DATETIME;
ALTER TABLE "FamilyFact" ADD COLUMN "userVersion" INTEGER;
ALTER TABLE "FamilyFact" ADD COLUMN "userinfoClaims" JSONB;

-- AlterTable
ALTER TABLE "SessionFact" ADD COLUMN "everythingVersion" INTEGER;
ALTER TABLE "SessionFact" ADD COLUMN "lastUsedAt" DATETIME;
ALTER TABLE "SessionFact" ADD COLUMN "secretHash" TEXT;
ALTER TABLE "SessionFact" ADD COLUMN "userVersion" INTEGER;

-- CreateTable
CREATE TABLE "Bucket" (
    "bucket" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "epoch" INTEGER NOT NULL,
    "writes" BIGINT NOT NULL,
    "seenAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "Lease" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "holder" TEXT NOT NULL,
    "until" DATETIME NOT NULL
);
