# syntax=docker/dockerfile:1
# The bot as an image: docker run --rm -e GITHUB_TOKEN ghcr.io/dockmod/dockmod bot --repo owner/name

FROM node:26-slim AS builder
WORKDIR /src
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts ./scripts
COPY src ./src
# TypeScript would stay behind as an optional peer: 23 MB that nothing loads.
RUN npm run build && npm prune --omit=dev --ignore-scripts && rm -rf node_modules/typescript

FROM node:26-slim
# The bot clones and pushes with git.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=builder /src/package.json ./
COPY --from=builder /src/node_modules ./node_modules
COPY --from=builder /src/dist ./dist
USER 1000:1000
ENTRYPOINT ["node", "/app/dist/cli.js"]
CMD ["--help"]
