"""Fetches the wholesalers' price lists every night."""
import os
import time

import httpx

while True:
    response = httpx.get(os.environ["WHOLESALE_URL"])
    print(response.status_code, len(response.content), flush=True)
    time.sleep(3600)
