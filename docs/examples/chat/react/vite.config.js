import react from "@vitejs/plugin-react";

// `npm run build` writes ../static-react, which app_usechat.py serves;
// `npm run dev` serves the page itself and asks app_usechat.py on port 8000.
export default {
  plugins: [react()],
  build: { outDir: "../static-react", emptyOutDir: true },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
};
