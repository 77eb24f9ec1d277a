// SPDX-License-Identifier: Apache-2.0
// HttpClientGet.java - a GET with java.net.http (non-blocking, epoll)
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class HttpClientGet {
	public static void main(String[] args) throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create(args[0]))
			.build();
		System.out.print(HttpClient.newHttpClient()
			.send(request, HttpResponse.BodyHandlers.ofString()).body());
	}
}
