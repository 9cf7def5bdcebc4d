#!/bin/sh
# How much disk the stock takes.
set -e
docker exec hinoki-inventory-1 sh -c 'du -h /data/inventory.db'
docker compose exec -T media ls /data/covers | wc -l
