# Signet in a container: no shell is needed, nothing is downloaded at run time, no root, and a root filesystem that may
# be read-only. Only data/ and keys/ are written to; give both a volume of their own, and keep both.

FROM node:26-slim AS build
WORKDIR /signet
COPY package.json package-lock.json .npmrc ./
COPY prisma ./prisma
# The install step makes the Prisma clients in prisma/generated; what made them is of no use afterwards. Development
# dependencies stay out, the pinned Node among them: the image brings Node 26 itself.
RUN npm ci --omit=dev --no-audit --no-fund \
  && npm uninstall --no-save --ignore-scripts --omit=dev --no-audit --no-fund prisma

FROM node:26-slim
WORKDIR /signet
COPY --from=build /signet/node_modules ./node_modules
COPY --from=build /signet/prisma ./prisma
COPY package.json LICENSE ./
COPY config ./config
COPY apps/idp ./apps/idp
COPY apps/cli ./apps/cli
RUN mkdir data keys && chown node:node data keys && chmod 700 data keys

# 1000 is `node`; the number lets an orchestrator see that it is not root.
USER 1000:1000
ENV NODE_ENV=production SIGNET_HOST=0.0.0.0 SIGNET_MANAGEMENT_HOST=0.0.0.0
VOLUME ["/signet/data", "/signet/keys"]
# 9090 (health and metrics) is for the private network: never publish it.
EXPOSE 3000 9090

HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.SIGNET_MANAGEMENT_PORT || 9090}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

# No shell in between: SIGTERM reaches Signet, which answers what it has begun and exits within 10 seconds.
CMD ["node", "apps/cli/bin.mjs", "serve"]
