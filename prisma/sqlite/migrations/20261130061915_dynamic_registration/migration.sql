-- CreateTable
CREATE TABLE "DynamicClient" (
    "clientId" TEXT NOT NULL PRIMARY KEY,
    "usedAt" DATETIME NOT NULL,
    CONSTRAINT "DynamicClient_clientId_fkey" FOREIGN KEY ("clientId") REFERENCES "Client" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "InitialToken" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "hash" TEXT NOT NULL,
    "uses" INTEGER NOT NULL,
    "scopes" JSONB,
    "clientCredentials" BOOLEAN NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "DynamicClient_usedAt_idx" ON "DynamicClient"("usedAt");

-- CreateIndex
CREATE UNIQUE INDEX "InitialToken_hash_key" ON "InitialToken"("hash");

-- CreateIndex
CREATE INDEX "InitialToken_expiresAt_idx" ON "InitialToken"("expiresAt");
