-- CreateTable
CREATE TABLE "DynamicClient" (
    "clientId" TEXT NOT NULL,
    "usedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "DynamicClient_pkey" PRIMARY KEY ("clientId")
);

-- CreateTable
CREATE TABLE "InitialToken" (
    "id" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "uses" INTEGER NOT NULL,
    "scopes" JSONB,
    "clientCredentials" BOOLEAN NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "InitialToken_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "DynamicClient_usedAt_idx" ON "DynamicClient"("usedAt");

-- CreateIndex
CREATE UNIQUE INDEX "InitialToken_hash_key" ON "InitialToken"("hash");

-- CreateIndex
CREATE INDEX "InitialToken_expiresAt_idx" ON "InitialToken"("expiresAt");

-- AddForeignKey
ALTER TABLE "DynamicClient" ADD CONSTRAINT "DynamicClient_clientId_fkey" FOREIGN KEY ("clientId") REFERENCES "Client"("id") ON DELETE CASCADE ON UPDATE CASCADE;
