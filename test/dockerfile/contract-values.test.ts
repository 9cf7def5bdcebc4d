/** ENV and LABEL values as BuildKit stores them: each expectation is what `docker inspect` said of an image built from this file. */

import { expect, test } from 'vitest';
import { runtimeContract } from '../../src/dockerfile/runtime-contract.ts';
import { createImages } from '../../src/images/table.ts';
import { dockerfileOf } from '../support/dockerfile.ts';

test('quotes go in both forms, and single ones keep variables', () => {
  const { env, labels } = runtimeContract(
    dockerfileOf(`FROM scratch
ENV B base
ENV A "cash only"
ENV T "The shop" at the corner
ENV S '$B'
ENV D "x $B" y
ENV E another\\\\path
ENV F a\\ b c
ENV G='$B' H="q\\"r" I=a\\ b
LABEL L "two words"
LABEL M='$B'
LABEL N=$B
ENV O    spaced   out  
`),
    0,
    createImages(),
  );
  expect({ ...env }).toEqual({
    B: 'base',
    A: 'cash only',
    T: 'The shop at the corner',
    S: '$B',
    D: 'x base y',
    E: 'another\\path',
    F: 'a b c',
    G: '$B',
    H: 'q"r',
    I: 'a b',
    O: 'spaced   out',
  });
  expect({ ...labels }).toEqual({ L: 'two words', M: '$B', N: 'base' });
});
