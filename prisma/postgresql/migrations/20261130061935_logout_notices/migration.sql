-- CreateTable
CREATE TABLE "LogoutNotice" (
    "sid" TEXT NOT NULL,
    "clientId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "attempts" INTEGER NOT NULL,
    "nextAt" TIMESTAMP(3),
    "deliveredAt" TIMESTAMP(3),
    "failure" TEXT,

    CONSTRAINT "LogoutNotice_pkey" PRIMARY KEY ("sid","clientId")
);

-- CreateIndex
CREATE INDEX "LogoutNotice_nextAt_clientId_idx" ON "LogoutNotice"("nextAt", "clientId");

-- CreateIndex
CREATE INDEX "LogoutNotice_clientId_at_idx" ON "LogoutNotice"("clientId", "at");

-- CreateIndex
CREATE INDEX "LogoutNotice_at_idx" ON "LogoutNotice"("at");
