-- CreateTable
CREATE TABLE "LogoutNotice" (
    "sid" TEXT NOT NULL,
    "clientId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "attempts" INTEGER NOT NULL,
    "nextAt" DATETIME,
    "deliveredAt" DATETIME,
    "failure" TEXT,

    PRIMARY KEY ("sid", "clientId")
);

-- CreateIndex
CREATE INDEX "LogoutNotice_nextAt_clientId_idx" ON "LogoutNotice"("nextAt", "clientId");

-- CreateIndex
CREATE INDEX "LogoutNotice_clientId_at_idx" ON "LogoutNotice"("clientId", "at");

-- CreateIndex
CREATE INDEX "LogoutNotice_at_idx" ON "LogoutNotice"("at");
