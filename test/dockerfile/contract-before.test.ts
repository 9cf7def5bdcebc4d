import { expect, it } from 'vitest';
import { parseDockerfile } from '../../src/dockerfile/parse.ts';
import { contractBefore, runtimeContract } from '../../src/dockerfile/runtime-contract.ts';
import { createImages } from '../../src/images/table.ts';
import { repoPath, type RepoPath } from '../../src/repository/path.ts';

const TEXT = `ARG V=1.24
FROM golang:$V AS build
ARG MODE=release
ENV A=1 B=$A
WORKDIR /src
COPY . .
ENV A=2 C=\${A}-$MODE
RUN apt-get update && apt-get install -y git
USER nobody
ENTRYPOINT ["/a"]
CMD ["x"]
FROM build AS test
ENV A=3 D=$A
EXPOSE 80 80
ENTRYPOINT ["/b"]
WORKDIR sub
LABEL a=$D
ONBUILD RUN true
RUN apk add curl
`;

it('the contract before an instruction is that of the stage cut off there, in whatever order it is asked for', () => {
  const images = createImages();
  const parse = () => {
    const parsed = parseDockerfile(repoPath('Dockerfile') as RepoPath, TEXT);
    if (parsed.kind !== 'parsed') throw new Error(parsed.detail);
    return parsed.dockerfile;
  };
  const whole = parse();
  const expected = new Map(
    whole.instructions
      .filter(({ stage }) => stage >= 0)
      .map(({ index, stage }) => {
        const cut = {
          ...whole,
          stages: whole.stages.map((candidate) =>
            candidate.index === stage
              ? { ...candidate, instructions: candidate.instructions.filter((other) => other.index < index) }
              : candidate,
          ),
        };
        return [index, runtimeContract(cut, stage, images)] as const;
      }),
  );
  const orders = [[...expected.keys()], [...expected.keys()].reverse(), [...expected.keys()].sort((a, b) => ((a * 7) % 5) - ((b * 7) % 5))];
  for (const order of orders) {
    // A copy: answers are remembered per object.
    const dockerfile = { ...whole };
    for (const index of order) {
      const instruction = dockerfile.instructions[index]!;
      const first = contractBefore(dockerfile, instruction, images);
      expect(first).toEqual(expected.get(index));
      expect(contractBefore(dockerfile, instruction, images)).toBe(first);
    }
  }
});

it('an answer stays as it is when later ones are asked for', () => {
  const parsed = parseDockerfile(repoPath('Dockerfile') as RepoPath, TEXT);
  if (parsed.kind !== 'parsed') throw new Error(parsed.detail);
  const images = createImages();
  const early = contractBefore(parsed.dockerfile, parsed.dockerfile.instructions[6]!, images);
  const copy = structuredClone(early);
  for (const instruction of parsed.dockerfile.instructions.slice(7, 11)) contractBefore(parsed.dockerfile, instruction, images);
  expect(early).toEqual(copy);
});
