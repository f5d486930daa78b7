-- AlterTable
ALTER TABLE "Client" ADD COLUMN     "details" JSONB;
