-- CreateTable
CREATE TABLE "User" (
    "sub" TEXT NOT NULL PRIMARY KEY,
    "username" TEXT NOT NULL,
    "email" TEXT,
    "emailVerified" BOOLEAN NOT NULL,
    "passwordHash" TEXT,
    "claims" JSONB NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "tokenVersion" INTEGER NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL,
    "revision" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "LoginName" (
    "normal" TEXT NOT NULL PRIMARY KEY,
    "sub" TEXT NOT NULL,
    CONSTRAINT "LoginName_sub_fkey" FOREIGN KEY ("sub") REFERENCES "User" ("sub") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Client" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "applicationType" TEXT NOT NULL,
    "redirectUris" JSONB NOT NULL,
    "postLogoutRedirectUris" JSONB NOT NULL,
    "grantTypes" JSONB NOT NULL,
    "authenticationMethod" TEXT NOT NULL,
    "secrets" JSONB NOT NULL,
    "scopes" JSONB NOT NULL,
    "firstParty" BOOLEAN NOT NULL,
    "accessTokenFormat" TEXT,
    "accessTokenAlg" TEXT,
    "idTokenAlg" TEXT NOT NULL,
    "resourceServerOf" TEXT,
    "clientUri" TEXT,
    "logoUri" TEXT,
    "policyUri" TEXT,
    "tosUri" TEXT,
    "enabled" BOOLEAN NOT NULL,
    "tokenVersion" INTEGER NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "revision" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "Api" (
    "audience" TEXT NOT NULL PRIMARY KEY,
    "tokenFormat" TEXT NOT NULL,
    "alg" TEXT,
    "lifetime" INTEGER,
    "createdAt" DATETIME NOT NULL,
    "revision" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "ApiScope" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "audience" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "sentence" TEXT NOT NULL,
    CONSTRAINT "ApiScope_audience_fkey" FOREIGN KEY ("audience") REFERENCES "Api" ("audience") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Consent" (
    "userId" TEXT NOT NULL,
    "clientId" TEXT NOT NULL,
    "scopes" JSONB NOT NULL,
    "givenAt" DATETIME NOT NULL,

    PRIMARY KEY ("userId", "clientId")
);

-- CreateTable
CREATE TABLE "SessionFact" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "authTime" DATETIME NOT NULL,
    "amr" JSONB NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "address" TEXT NOT NULL,
    "agent" TEXT NOT NULL,
    "endedAt" DATETIME,
    "endReason" TEXT
);

-- CreateTable
CREATE TABLE "FamilyFact" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "clientId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "sessionId" TEXT,
    "sid" TEXT NOT NULL,
    "scopes" JSONB NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "endedAt" DATETIME,
    "endReason" TEXT
);

-- CreateTable
CREATE TABLE "End" (
    "kind" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "until" DATETIME NOT NULL,
    "appliedAt" DATETIME,

    PRIMARY KEY ("kind", "id", "version")
);

-- CreateTable
CREATE TABLE "Counter" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "value" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "AuditEvent" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "at" DATETIME NOT NULL,
    "event" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "userId" TEXT,
    "clientId" TEXT,
    "sessionId" TEXT,
    "familyId" TEXT,
    "address" TEXT,
    "agent" TEXT,
    "requestId" TEXT,
    "details" JSONB NOT NULL
);

-- CreateTable
CREATE TABLE "KeyRing" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "version" INTEGER NOT NULL,
    "keys" JSONB NOT NULL
);

-- CreateTable
CREATE TABLE "KnownKey" (
    "kid" TEXT NOT NULL PRIMARY KEY,
    "firstSeenAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "LoginName_sub_idx" ON "LoginName"("sub");

-- CreateIndex
CREATE INDEX "ApiScope_audience_idx" ON "ApiScope"("audience");

-- CreateIndex
CREATE INDEX "Consent_clientId_idx" ON "Consent"("clientId");

-- CreateIndex
CREATE INDEX "SessionFact_userId_expiresAt_idx" ON "SessionFact"("userId", "expiresAt");

-- CreateIndex
CREATE INDEX "SessionFact_expiresAt_idx" ON "SessionFact"("expiresAt");

-- CreateIndex
CREATE INDEX "FamilyFact_userId_expiresAt_idx" ON "FamilyFact"("userId", "expiresAt");

-- CreateIndex
CREATE INDEX "FamilyFact_clientId_expiresAt_idx" ON "FamilyFact"("clientId", "expiresAt");

-- CreateIndex
CREATE INDEX "FamilyFact_sid_idx" ON "FamilyFact"("sid");

-- CreateIndex
CREATE INDEX "FamilyFact_expiresAt_idx" ON "FamilyFact"("expiresAt");

-- CreateIndex
CREATE INDEX "End_appliedAt_at_idx" ON "End"("appliedAt", "at");

-- CreateIndex
CREATE INDEX "End_until_idx" ON "End"("until");

-- CreateIndex
CREATE INDEX "AuditEvent_at_idx" ON "AuditEvent"("at");

-- CreateIndex
CREATE INDEX "AuditEvent_userId_id_idx" ON "AuditEvent"("userId", "id");

-- CreateIndex
CREATE INDEX "AuditEvent_clientId_id_idx" ON "AuditEvent"("clientId", "id");
