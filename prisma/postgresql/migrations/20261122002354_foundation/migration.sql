-- CreateTable
CREATE TABLE "User" (
    "sub" TEXT NOT NULL,
    "username" TEXT NOT NULL,
    "email" TEXT,
    "emailVerified" BOOLEAN NOT NULL,
    "passwordHash" TEXT,
    "claims" JSONB NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "tokenVersion" INTEGER NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "revision" INTEGER NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("sub")
);

-- CreateTable
CREATE TABLE "LoginName" (
    "normal" TEXT NOT NULL,
    "sub" TEXT NOT NULL,

    CONSTRAINT "LoginName_pkey" PRIMARY KEY ("normal")
);

-- CreateTable
CREATE TABLE "Client" (
    "id" TEXT NOT NULL,
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
    "createdAt" TIMESTAMP(3) NOT NULL,
    "revision" INTEGER NOT NULL,

    CONSTRAINT "Client_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Api" (
    "audience" TEXT NOT NULL,
    "tokenFormat" TEXT NOT NULL,
    "alg" TEXT,
    "lifetime" INTEGER,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "revision" INTEGER NOT NULL,

    CONSTRAINT "Api_pkey" PRIMARY KEY ("audience")
);

-- CreateTable
CREATE TABLE "ApiScope" (
    "name" TEXT NOT NULL,
    "audience" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "sentence" TEXT NOT NULL,

    CONSTRAINT "ApiScope_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "Consent" (
    "userId" TEXT NOT NULL,
    "clientId" TEXT NOT NULL,
    "scopes" JSONB NOT NULL,
    "givenAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Consent_pkey" PRIMARY KEY ("userId","clientId")
);

-- CreateTable
CREATE TABLE "SessionFact" (
    "id" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "authTime" TIMESTAMP(3) NOT NULL,
    "amr" JSONB NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "address" TEXT NOT NULL,
    "agent" TEXT NOT NULL,
    "endedAt" TIMESTAMP(3),
    "endReason" TEXT,

    CONSTRAINT "SessionFact_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "FamilyFact" (
    "id" TEXT NOT NULL,
    "clientId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "sessionId" TEXT,
    "sid" TEXT NOT NULL,
    "scopes" JSONB NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "endedAt" TIMESTAMP(3),
    "endReason" TEXT,

    CONSTRAINT "FamilyFact_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "End" (
    "kind" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "until" TIMESTAMP(3) NOT NULL,
    "appliedAt" TIMESTAMP(3),

    CONSTRAINT "End_pkey" PRIMARY KEY ("kind","id","version")
);

-- CreateTable
CREATE TABLE "Counter" (
    "name" TEXT NOT NULL,
    "value" INTEGER NOT NULL,

    CONSTRAINT "Counter_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "AuditEvent" (
    -- Byte order, as SQLite has it, whatever the collation of the database: the trail is read and paged by id.
    "id" TEXT COLLATE "C" NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
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
    "details" JSONB NOT NULL,

    CONSTRAINT "AuditEvent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "KeyRing" (
    "id" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "keys" JSONB NOT NULL,

    CONSTRAINT "KeyRing_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "KnownKey" (
    "kid" TEXT NOT NULL,
    "firstSeenAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "KnownKey_pkey" PRIMARY KEY ("kid")
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

-- AddForeignKey
ALTER TABLE "LoginName" ADD CONSTRAINT "LoginName_sub_fkey" FOREIGN KEY ("sub") REFERENCES "User"("sub") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ApiScope" ADD CONSTRAINT "ApiScope_audience_fkey" FOREIGN KEY ("audience") REFERENCES "Api"("audience") ON DELETE CASCADE ON UPDATE CASCADE;
