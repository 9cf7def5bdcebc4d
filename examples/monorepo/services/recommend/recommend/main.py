from fastapi import FastAPI

app = FastAPI()


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/also/{isbn}")
def also(isbn: str) -> list[str]:
    return [isbn]
