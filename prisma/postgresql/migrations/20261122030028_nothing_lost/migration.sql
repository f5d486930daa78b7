-- AlterTable
ALTER TABLE "FamilyFact" ADD COLUMN     "acr" TEXT,
ADD COLUMN     "amr" JSONB,
ADD COLUMN     "authTime" TIMESTAMP(3),
ADD COLUMN     "clientVersion" INTEGER,
ADD COLUMN     "everythingVersion" INTEGER,
ADD COLUMN     "generation" INTEGER,
ADD COLUMN     "macKid" TEXT,
ADD COLUMN     "resource" TEXT,
ADD COLUMN     "rotatedAt" TIMESTAMP(3),
ADD COLUMN     "userVersion" INTEGER,
ADD COLUMN     "userinfoClaims" JSONB;

-- AlterTable
ALTER TABLE "SessionFact" ADD COLUMN     "everythingVersion" INTEGER,
ADD COLUMN     "lastUsedAt" TIMESTAMP(3),
ADD COLUMN     "secretHash" TEXT,
ADD COLUMN     "userVersion" INTEGER;

-- CreateTable
CREATE TABLE "Bucket" (
    "bucket" INTEGER NOT NULL,
    "epoch" INTEGER NOT NULL,
    "writes" BIGINT NOT NULL,
    "seenAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Bucket_pkey" PRIMARY KEY ("bucket")
);

-- CreateTable
CREATE TABLE "Lease" (
    "name" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "until" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Lease_pkey" PRIMARY KEY ("name")
);
