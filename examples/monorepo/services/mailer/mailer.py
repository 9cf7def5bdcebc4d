"""Reads the queue directory and sends one mail per file."""
import os
import smtplib
import time
from email.message import EmailMessage
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

QUEUE = Path(os.environ.get("QUEUE_DIR", "/var/spool/mailer"))
templates = Environment(loader=FileSystemLoader("templates"))


def send(path: Path) -> None:
    message = EmailMessage()
    message["To"] = path.stem
    message["Subject"] = "ご注文ありがとうございます"
    message.set_content(templates.get_template("order.txt").render(order=path.read_text()))
    with smtplib.SMTP(os.environ["SMTP_HOST"]) as smtp:
        smtp.send_message(message)
    path.unlink()


while True:
    for entry in QUEUE.glob("*.order"):
        send(entry)
    time.sleep(5)
