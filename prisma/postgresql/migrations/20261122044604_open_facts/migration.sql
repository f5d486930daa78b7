-- CreateIndex
CREATE INDEX "FamilyFact_endedAt_createdAt_idx" ON "FamilyFact"("endedAt", "createdAt");

-- CreateIndex
CREATE INDEX "FamilyFact_clientId_endedAt_createdAt_idx" ON "FamilyFact"("clientId", "endedAt", "createdAt");

-- CreateIndex
CREATE INDEX "SessionFact_endedAt_createdAt_idx" ON "SessionFact"("endedAt", "createdAt");
