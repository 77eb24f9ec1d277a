// SPDX-License-Identifier: Apache-2.0
// HttpStream.java - GETs with java.net.http or java.net.URL, one after the
// other; the bodies to stdout as they come.  Ends with 1 on any error.
import java.io.InputStream;
import java.io.OutputStream;
import java.io.FileOutputStream;
import java.io.FileDescriptor;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class HttpStream {
	static HttpClient client = HttpClient.newHttpClient();
	static OutputStream out = new FileOutputStream(FileDescriptor.out);

	static InputStream open(String how, String url) throws Exception {
		if (how.equals("url")) {
			HttpURLConnection c =
				(HttpURLConnection)new URL(url).openConnection();
			return new Counted(c.getInputStream(), c.getContentLengthLong());
		}
		HttpRequest request = HttpRequest.newBuilder(URI.create(url)).build();
		return client.send(request,
			HttpResponse.BodyHandlers.ofInputStream()).body();
	}

	// java.net.URL does not mind a body that is too short: we do.
	static class Counted extends java.io.FilterInputStream {
		long left;
		Counted(InputStream in, long length) { super(in); left = length; }
		@Override public int read(byte[] b, int at, int n)
			throws java.io.IOException {
			int r = super.read(b, at, n);
			if (r < 0 && left > 0)
				throw new java.io.EOFException("short: " + left);
			left -= r;
			return r;
		}
	}

	public static void main(String[] args) throws Exception {
		for (int i = 1; i < args.length; i++)
			try (InputStream in = open(args[0], args[i])) {
				byte[] b = new byte[65536];
				for (int n; (n = in.read(b, 0, b.length)) >= 0; )
					out.write(b, 0, n);
			}
	}
}
