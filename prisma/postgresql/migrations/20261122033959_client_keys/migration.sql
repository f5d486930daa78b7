-- AlterTable
ALTER TABLE "Client" ADD COLUMN     "jwks" JSONB,
ADD COLUMN     "jwksUri" TEXT,
ADD COLUMN     "tokenEndpointAuthSigningAlg" TEXT;
