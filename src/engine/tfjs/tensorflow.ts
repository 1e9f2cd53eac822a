import type * as tfjs from '@tensorflow/tfjs';

/** The TensorFlow.js library, whichever package it came with, on the backend that is set. */
export type TensorFlow = typeof tfjs;
