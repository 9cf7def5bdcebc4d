from flask import Flask

app = Flask(__name__)


@app.get("/tax/<int:yen>")
def tax(yen: int) -> str:
    return str(yen // 10)
