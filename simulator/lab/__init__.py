"""A laboratory between network namespaces: real kernels' TCP and UDP over links of any weather. Linux, as root."""
