declare module 'node-gyp-build' {
  const nodeGypBuild: {
    /** The addon in a package's folder that suits this process; throws where there is none. */
    path(folder: string): string;
  };
  export default nodeGypBuild;
}
