// SPDX-License-Identifier: Apache-2.0
// UrlGet.java - a GET with java.net.URL (blocking connect)
import java.io.InputStream;
import java.net.URL;

public class UrlGet {
	public static void main(String[] args) throws Exception {
		try (InputStream in = new URL(args[0]).openStream()) {
			in.transferTo(System.out);
		}
	}
}
