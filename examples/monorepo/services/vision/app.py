"""Guesses a book's title from a photograph of its cover."""
from flask import Flask, request
from PIL import Image
from transformers import pipeline

app = Flask(__name__)
reader = pipeline("image-to-text", model="microsoft/trocr-small-printed")


@app.post("/title")
def title() -> str:
    return reader(Image.open(request.stream))[0]["generated_text"]
