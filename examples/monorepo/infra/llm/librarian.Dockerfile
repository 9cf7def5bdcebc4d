FROM hinoki/llm-base
COPY Modelfile /Modelfile
RUN ollama serve & sleep 5 && ollama create librarian -f /Modelfile
HEALTHCHECK CMD ollama list || exit 1
