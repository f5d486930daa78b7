-- AlterTable
ALTER TABLE "Client" ADD COLUMN "jwks" JSONB;
ALTER TABLE "Client" ADD COLUMN "jwksUri" TEXT;
ALTER TABLE "Client" ADD COLUMN "tokenEndpointAuthSigningAlg" TEXT;
