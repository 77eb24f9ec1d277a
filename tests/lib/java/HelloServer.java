// SPDX-License-Identifier: Apache-2.0
// The web server of the JDK: HelloServer PORT
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

class HelloServer {
	public static void main(String[] args) throws Exception {
		HttpServer s = HttpServer.create(new InetSocketAddress("127.0.0.1",
		    Integer.parseInt(args[0])), 0);
		s.createContext("/name", e -> {
			e.sendResponseHeaders(200, 5);
			e.getResponseBody().write("java\n".getBytes());
			e.close();
		});
		s.start();
	}
}
