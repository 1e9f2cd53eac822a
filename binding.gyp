{
  'variables': {
    # Results must not depend on the compiler's liking for fused operations: every one is written out.
    'kernel_flags': ['-std=c++17', '-O3', '-ffp-contract=off', '-fno-math-errno', '-fno-trapping-math', '-Wall', '-Wextra', '-Wno-psabi'],
  },
  'target_defaults': {
    'conditions': [
      ['OS=="mac"', {'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<@(kernel_flags)']}}],
    ],
    'cflags_cc': ['<@(kernel_flags)'],
  },
  'targets': [
    {
      'target_name': 'kernels_baseline',
      'type': 'static_library',
      'sources': ['native/kernels.cc'],
      'defines': ['DEEPSAD_ISA=baseline'],
    },
    {
      'target_name': 'deepsad',
      'sources': [
        'native/addon.cc',
        'native/network_bindings.cc',
        'native/shallow_bindings.cc',
        'native/map_file.cc',
        'native/end_with_parent.cc',
      ],
      'include_dirs': ["<!(node -p \"require('node-addon-api').include_dir\")"],
      'dependencies': ['kernels_baseline'],
      'defines': ['NAPI_VERSION=8', 'NAPI_CPP_EXCEPTIONS'],
      'cflags_cc!': ['-fno-exceptions'],
      'cflags_cc': ['-fexceptions'],
      'xcode_settings': {'GCC_ENABLE_CPP_EXCEPTIONS': 'YES'},
      'conditions': [
        ['target_arch=="x64"', {'dependencies': ['kernels_avx2', 'kernels_avx512']}],
      ],
    },
  ],
  'conditions': [
    ['target_arch=="x64"', {
      'targets': [
        {
          'target_name': 'kernels_avx2',
          'type': 'static_library',
          'sources': ['native/kernels.cc'],
          'defines': ['DEEPSAD_ISA=avx2', 'DEEPSAD_AVX2'],
          'cflags_cc': ['-mavx2', '-mfma'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['-mavx2', '-mfma']},
        },
        {
          'target_name': 'kernels_avx512',
          'type': 'static_library',
          'sources': ['native/kernels.cc'],
          'defines': ['DEEPSAD_ISA=avx512', 'DEEPSAD_AVX512'],
          'cflags_cc': ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx2', '-mfma', '-mprefer-vector-width=512'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mfma']},
        },
      ],
    }],
  ],
}
