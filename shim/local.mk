# librspshim.so and rsp-run.
